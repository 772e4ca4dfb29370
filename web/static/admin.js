// The agent's keyboard, the selection in a list, and canned responses inserted in place. Every key has a link, field or button beside it.
"use strict";
const one = (selector) => document.querySelector(selector);
const OFF = "helpdesk-keys-off";
const KEYS = [
  ["j / k", "next, previous ticket"], ["Enter", "open it"], ["x", "select it"], ["u", "back to the list"],
  ["r", "reply"], ["n", "internal note"], ["m", "canned response"], ["Ctrl Enter", "send"],
  ["a", "assignee"], ["i", "assign to me"], ["s", "status"], ["t", "tags"], ["e", "resolve, then the next one"], ["Shift M", "merge"],
  ["/", "search"], ["g i", "all open"], ["g u", "unassigned"], ["g m", "mine"], ["?", "this list"],
];

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

// The ticket
function write(mode) {
  const radio = one(`#mode-${mode}`);
  if (!radio) return;
  radio.checked = true;
  one("#composer").scrollIntoView({ block: "nearest" });
  one("#content").focus();
}
function focusOn(selector) {
  const field = one(selector);
  if (!field) return;
  for (let parent = field.closest("details"); parent; parent = parent.parentElement.closest("details")) parent.open = true;
  field.focus();
}
function resolveAndNext() {
  const status = one("#f-status");
  if (!status) return;
  status.value = "resolved";
  const then = Object.assign(document.createElement("input"), { type: "hidden", name: "then", value: "next" });
  status.form.append(then);
  status.form.requestSubmit();
}
async function insertCanned(select) {
  if (!select.value) return;
  const answer = await fetch(select.dataset.canned + encodeURIComponent(select.value), { headers: { Accept: "text/plain" } });
  if (answer.ok) {
    const text = one("#content");
    text.setRangeText(await answer.text(), text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input"));
    one("#composer [name=applied]").value = answer.headers.get("X-Canned");
    one("#send-status").value ||= answer.headers.get("X-Then-Status");
    text.focus();
  }
  select.value = "";
}

// What is being written survives a change of a field beside it, in this tab: a note comes back as a note.
function keepDraft() {
  const text = one("#composer #content");
  if (!text) return;
  const form = text.form;
  const name = `draft ${form.action}`;
  const kept = JSON.parse(sessionStorage.getItem(name) || "null");
  if (kept && !text.value) {
    text.value = kept.text;
    one(`#mode-${kept.mode}`).checked = true;
  }
  const keep = () => {
    if (text.value.trim()) sessionStorage.setItem(name, JSON.stringify({ mode: form.elements.mode.value, text: text.value }));
    else sessionStorage.removeItem(name);
  };
  text.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", () => sessionStorage.removeItem(name));
}
keepDraft();

// Help, and the switch
function help() {
  let dialog = one("#keys");
  if (!dialog) {
    dialog = Object.assign(document.createElement("dialog"), { id: "keys", className: "keys" });
    dialog.setAttribute("aria-label", "Keyboard shortcuts");
    const head = Object.assign(document.createElement("h2"), { textContent: "Keyboard shortcuts" });
    const list = document.createElement("dl");
    for (const [key, meaning] of KEYS) {
      const term = document.createElement("dt");
      for (const part of key.split(" ")) term.append(part === "/" && key !== "/" ? " " : Object.assign(document.createElement("kbd"), { textContent: part }));
      list.append(term, Object.assign(document.createElement("dd"), { textContent: meaning }));
    }
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !localStorage.getItem(OFF) });
    box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
    label.append(box, " Single keys are on");
    const form = Object.assign(document.createElement("form"), { method: "dialog" });
    form.append(label, Object.assign(document.createElement("button"), { className: "button small", textContent: "Close" }));
    dialog.append(head, list, form);
    document.body.append(dialog);
  }
  dialog.showModal();
}

let went = 0;
const go = { i: "open", u: "unassigned", m: "mine" };
const keys = {
  j: () => move(1), k: () => move(-1), x: select,
  u: () => { const up = one("[data-up]"); if (up) up.click(); },
  r: () => write("reply"), n: () => write("note"), m: () => focusOn("#canned"), M: () => focusOn("#into"),
  a: () => focusOn("#f-assignee"), s: () => focusOn("#f-status"), t: () => focusOn("#f-tags"),
  i: () => { const take = one("[data-take]"); if (take) take.click(); },
  e: resolveAndNext, "/": () => one("#q").select(), "?": help, g: () => { went = Date.now(); },
};
document.addEventListener("keydown", (event) => {
  const target = event.target;
  const typing = target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target.tagName === "INPUT" && !/^(checkbox|radio)$/.test(target.type));
  if (event.key === "Escape" && typing) target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  if (Date.now() - went < 1500 && go[event.key]) { location.href = `/admin?view=${go[event.key]}`; return; }
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of document.querySelectorAll(BOXES)) box.checked = event.target.checked;
  if (event.target.matches(`[data-all], ${BOXES}`)) counted();
  if (event.target.matches("[data-canned]")) insertCanned(event.target);
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) help(); });
window.addEventListener("pageshow", counted);
