// Canned responses: words narrow the list, the right side shows what would be written, Enter inserts it.
"use strict";
function thenWords(option) {
  if (!option.dataset.then) return "";
  const said = { status: (v) => v.replace("_", " "), tags: (v) => v.map((tag) => `+${tag}`).join(", "), assign: (v) => (v === "me" ? "assigned to you" : v ? `assigned to ${v}` : "unassigned"), priority: (v) => `${v} priority`, type: (v) => v };
  return Object.entries(JSON.parse(option.dataset.then)).map(([name, value]) => said[name]?.(value)).filter(Boolean).join(", ");
}
function cannedBox() {
  const source = one("#canned"), all = [...source.options].slice(1);
  const box = element("dialog", "", { className: "sheet-box canned-box", id: "canned-box" });
  box.setAttribute("aria-label", "Canned responses");
  const search = element("input", "", { type: "search", placeholder: "Search canned responses", autocomplete: "off" });
  search.setAttribute("aria-label", "Search canned responses");
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "true"], ["aria-controls", "canned-list"], ["aria-autocomplete", "list"]]) search.setAttribute(name, value);
  const list = element("div", "", { className: "canned-list", id: "canned-list" }), view = element("div", "", { className: "canned-view", tabIndex: 0 });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Canned responses");
  view.setAttribute("role", "region");
  view.setAttribute("aria-label", "What will be written");
  const foot = element("div", "", { className: "canned-foot" }), then = element("span"), insert = element("button", "Insert", { type: "button", className: "button primary small" });
  const head = element("div", "", { className: "canned-head" }), body = element("div", "", { className: "canned-body" });
  const close = element("button", "✕", { type: "button", className: "icon-button" });
  close.setAttribute("aria-label", "Close");
  foot.append(then, insert);
  head.append(search);
  body.append(list, view);
  box.append(close, head, body, foot);
  document.body.append(box);
  let shown = [], at = 0;
  const texts = new Map();
  async function look() {
    const option = shown[at];
    [...list.children].forEach((row, number) => row.setAttribute("aria-selected", String(number === at)));
    insert.disabled = !option;
    if (!option) { view.textContent = all.length ? "Nothing fits." : "There is none yet: Canned responses, in the menu on the left, makes one."; then.textContent = ""; search.removeAttribute("aria-activedescendant"); return; }
    list.children[at].scrollIntoView({ block: "nearest" });
    search.setAttribute("aria-activedescendant", list.children[at].id);
    then.textContent = thenWords(option) ? `then: ${thenWords(option)}` : "";
    if (!texts.has(option.value)) {
      const answer = await fetch(source.dataset.canned + encodeURIComponent(option.value), { headers: { Accept: "text/plain" } });
      if (answer.ok) texts.set(option.value, [await answer.text(), answer.headers.get("X-Then-Status")]);
    }
    if (shown[at] === option) view.textContent = texts.get(option.value)?.[0] ?? "It could not be loaded.";
  }
  function narrow() {
    const wanted = search.value.toLowerCase().replace(/^#/, "").split(/\s+/).filter(Boolean);
    shown = all.filter((option) => wanted.every((word) => option.text.toLowerCase().includes(word)));
    list.replaceChildren(...shown.map((option, number) => {
      const row = element("div", "", { id: `canned-${option.value}` });
      row.setAttribute("role", "option");
      row.append(element("span", option.text.replace(/ \(#[^)]*\)$/, "")), element("small", [option.dataset.key && `#${option.dataset.key}`, thenWords(option) && `then: ${thenWords(option)}`].filter(Boolean).join(" · ")));
      row.onclick = () => { at = number; look(); };
      row.ondblclick = use;
      return row;
    }));
    at = 0;
    look();
  }
  async function use() {
    const option = shown[at];
    if (!option) return;
    await look();
    const [words, status] = texts.get(option.value) || [];
    if (words === undefined) return;
    const text = one("#content");
    box.close();
    const before = text.value.slice(0, text.selectionStart);
    text.setRangeText((before.trim() && !before.endsWith("\n\n") ? "\n\n" : "") + words, text.selectionStart, text.selectionEnd, "end");
    writing.elements.applied.value = option.value;
    one("#send-status").value ||= status;
    text.focus();
    text.dispatchEvent(new Event("input"));
  }
  search.addEventListener("input", narrow);
  insert.addEventListener("click", use);
  close.addEventListener("click", () => box.close());
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) { event.preventDefault(); at = (at + step + shown.length) % shown.length; look(); }
    if (event.key === "Enter") { event.preventDefault(); use(); }
  });
  box.addEventListener("open-again", () => { search.value = ""; narrow(); });
  return box;
}
function showCanned() {
  const box = one("#canned-box") || cannedBox();
  box.dispatchEvent(new Event("open-again"));
  box.showModal();
  box.querySelector("input").focus();
}

