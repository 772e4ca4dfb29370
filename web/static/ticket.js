// Around a ticket: who else is here, what arrived meanwhile, its name while one scrolls, and merge and split in a dialog.
"use strict";
const EVERY = 15_000;

// Colleagues: asked every 15 seconds while the page is seen. Two who write are told of each other.
let here = 0, lastKey = 0;
const sentence = (names, what) => `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} ${what}`;
function showLooking(looking) {
  one("#looking").replaceChildren(...looking.map((person) => {
    const says = person.writing ? "is writing" : "is looking at this ticket too";
    const disc = element("span", (person.name || person.address)[0].toUpperCase(), { className: `avatar a${(person.address.length * 5 + person.name.length) % 6}` });
    disc.setAttribute("aria-hidden", "true");
    const found = element("span", "", { className: `one${person.writing ? " writing" : ""}`, title: `${person.name} ${says}` });
    found.append(disc, element("span", `${person.name || person.address} ${says}`, { className: "sr" }));
    return found;
  }));
  const warning = one("#two-write");
  if (!warning) return;
  const others = looking.filter((person) => person.writing).map((person) => person.name || person.address);
  warning.hidden = !(others.length && one("#content").value.trim());
  if (!warning.hidden) warning.textContent = `${sentence(others, "writing")} on this ticket too: agree who answers.`;
}
function showArrived(said) {
  const line = one("#arrived");
  if (line.hidden && said.newer) {
    const link = element("a", `${said.newer} new message${said.newer > 1 ? "s" : ""}${said.by ? `, from ${said.by}` : ""}: show`, { href: location.href.split("#")[0] });
    link.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
    line.replaceChildren(link);
  }
  line.hidden = !said.newer;
}
async function present() {
  clearTimeout(here);
  if (document.hidden) return;
  const busy = writing && one("#content").value.trim() && Date.now() - lastKey < 60_000;
  try {
    const answer = await post("/presence", { writing: busy ? "1" : "", seen: ticketPage.dataset.seen });
    if (answer.ok) {
      const said = await answer.json();
      showLooking(said.looking);
      showArrived(said);
    }
  } catch { /* offline: the next round tells */ }
  here = setTimeout(present, EVERY);
}
document.addEventListener("visibilitychange", present);
window.addEventListener("pagehide", () => { post("/presence", { gone: "1" }, { keepalive: true }); });
if (writing) {
  one("#content").addEventListener("input", () => {
    const first = Date.now() - lastKey > 60_000;
    lastKey = Date.now();
    if (first) present();
  });
}
setTimeout(present, 400);

// Its name stays in sight.
const head = one(".t-head");
new IntersectionObserver(([seen]) => one(".t-stick").classList.toggle("on", !seen.isIntersecting && seen.boundingClientRect.top < 0), { rootMargin: "-60px 0px 0px" }).observe(head);

// Merge and split are pages; here they come in a dialog.
async function sheet(url) {
  const [answer] = await Promise.all([fetch(url), loaded("sheets.css")]);
  const body = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-sheet-body]");
  if (!body) { location.assign(url); return; }
  let box = one("#sheet");
  if (!box) {
    box = element("dialog", "", { id: "sheet", className: "sheet-box" });
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
  }
  const close = element("button", "✕", { type: "button", className: "icon-button" });
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => box.close());
  box.setAttribute("aria-labelledby", "h-sheet");
  box.replaceChildren(document.adoptNode(body), close);
  if (!box.open) box.showModal();
  (box.querySelector("[autofocus]") || box.querySelector("input, button")).focus();
}
// One menu for all messages: it opens at the button that was pressed.
const menu = one("#msg-menu");
function openMenu(button) {
  const id = button.closest(".msg").id, raw = button.closest(".msg").querySelector(".why a"), place = button.getBoundingClientRect();
  menu.querySelector("[data-quote]").dataset.quote = id;
  menu.querySelector("[data-copy]").dataset.copy = `#${id}`;
  const split = menu.querySelector("[data-sheet]"), mail = menu.querySelector("[data-raw]");
  split.hidden = id === "m-first";
  split.href = `${ticketPage.dataset.ticket}/split?message=${id.slice(2)}`;
  mail.hidden = !raw;
  if (raw) mail.href = raw.href;
  menu.showPopover();
  menu.style.top = `${Math.min(place.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`;
  menu.style.left = `${Math.max(8, place.right - menu.offsetWidth)}px`;
  menu.querySelector("button").focus();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (button) openMenu(button);
  else if (menu.matches(":popover-open") && event.target.closest("#msg-menu")) menu.hidePopover();
  const link = event.target.closest("a[data-sheet], #sheet a[data-in-sheet]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    sheet(link.href);
  }
  if (event.target.closest("#sheet [data-close]")) { event.preventDefault(); one("#sheet").close(); }
  const copied = event.target.closest("[data-copy]");
  if (copied) {
    navigator.clipboard.writeText(location.href.split("#")[0] + copied.dataset.copy);
  }
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("#sheet form[data-in-sheet]")) return;
  event.preventDefault();
  sheet(`${event.target.action}?${new URLSearchParams(new FormData(event.target))}`);
});
