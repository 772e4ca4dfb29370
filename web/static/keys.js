// The agent's keyboard. Every key has a link, a field or a button beside it; `?` lists them, and switches them off.
"use strict";
const OFF = "helpdesk-keys-off";
const KEYS = [
  ["j / k", "next, previous ticket"], ["Enter", "open it"], ["x", "select it"], ["u", "back to the list"],
  ["r", "reply"], ["n", "internal note"], ["m", "canned response"], ["Ctrl Enter", "send"],
  ["a", "assignee"], ["i", "assign to me"], ["s", "status"], ["t", "tags"], ["e", "resolve, then the next one"], ["Shift M", "merge"],
  ["/", "search"], ["g i", "all open"], ["g u", "unassigned"], ["g m", "mine"], ["?", "this list"],
];

function press(selector) {
  const found = one(selector);
  if (found) found.click();
}
function write(mode) {
  const radio = one(`#mode-${mode}`);
  if (!radio) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  one("#composer").scrollIntoView({ block: "nearest" });
  one("#content").focus();
}
function focusOn(selector) {
  const field = one(selector);
  if (!field) return;
  for (let parent = field.closest("details"); parent; parent = parent.parentElement.closest("details")) parent.open = true;
  field.scrollIntoView({ block: "nearest" });
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
  u: () => press("[data-up]"),
  r: () => write("reply"), n: () => write("note"), m: () => press("#canned-open"), M: () => press("[data-merge]"),
  a: () => focusOn("#f-assignee"), s: () => focusOn("#f-status"), t: () => focusOn("#f-tags"),
  i: () => press("[data-take]"),
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
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) help();
  const link = event.target.closest("[data-write]");
  if (link) { event.preventDefault(); write(link.dataset.write); }
});
