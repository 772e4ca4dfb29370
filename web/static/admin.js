// The cursor and the selection in a list of tickets or mails. Every step has a link, a box or a button beside it.
"use strict";
const one = (selector) => document.querySelector(selector);

// The cursor in the queue, and in a list beside what is chosen from it
const rows = () => [...document.querySelectorAll(".tickets tbody tr, .split-list .rows li")];
const BOXES = "[name=ticket], [name=mail]";
function move(step) {
  const all = rows();
  if (!all.length) { const link = one(step > 0 ? "[rel=next]" : "[rel=prev]"); if (link) link.click(); return; }
  const marked = all.findIndex((row) => row.classList.contains("at"));
  const at = marked < 0 ? all.findIndex((row) => row.querySelector("[aria-current]")) : marked;
  const to = all[Math.max(0, Math.min(all.length - 1, at + step))];
  all.forEach((row) => row.classList.toggle("at", row === to));
  const link = to.querySelector(".t-link, a");
  link.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest" });
}
function select() {
  const row = rows().find((row) => row.classList.contains("at")) || (one(".rows [aria-current]") || document.body).closest("li");
  const box = row && row.querySelector(BOXES);
  if (box) { box.checked = !box.checked; counted(); }
}
function counted() {
  const label = one("[data-count]");
  if (!label) return;
  const boxes = [...document.querySelectorAll(BOXES)];
  const count = boxes.filter((box) => box.checked).length;
  label.textContent = `${count} selected`;
  const all = one("[data-all]");
  if (!all) return;
  all.checked = count > 0 && count === boxes.length;
  all.indeterminate = count > 0 && count < boxes.length;
}

const chosen = one(".held .split-list [aria-current=true]");
if (chosen) chosen.scrollIntoView({ block: "nearest" });

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of document.querySelectorAll(BOXES)) box.checked = event.target.checked;
  if (event.target.matches(`[data-all], ${BOXES}`)) counted();
});
window.addEventListener("pageshow", counted);
