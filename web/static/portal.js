// What the pages of requesters get on top of their working forms: known answers and a preview while typing, progress of files.
"use strict";

async function ask(url, form, text) {
  const body = new URLSearchParams({ text });
  const token = form.querySelector("[name=csrf_token]");
  const answer = await fetch(url, { method: "POST", body, headers: token ? { "X-CSRF-Token": token.value } : {} });
  return answer.ok ? answer.text() : null;
}

// Known issues and answers that fit, half a second after the last key.
function suggest(form) {
  const place = form.querySelector("[data-hits]"), box = form.querySelector("[data-hits-box]");
  const fields = ["title", "description"].map((name) => form.elements[name]).filter(Boolean);
  let timer = 0, last = fields.map((field) => field.value).join(" ").trim();
  const look = async () => {
    const text = fields.map((field) => field.value).join(" ").trim();
    if (text === last) return;
    last = text;
    const html = text.length < 4 ? "" : await ask("/typing/suggestions", form, text.slice(0, 2000));
    if (html === null || text !== last) return;
    place.innerHTML = html.trim();
    if (box) box.hidden = !html.trim();
    // who has seen them is not asked again after sending
    if (html.trim() && form.method === "post" && !form.elements.asked) form.append(element("input", "", { type: "hidden", name: "asked", value: "1" }));
  };
  for (const field of fields) field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 500); });
  form.addEventListener("keydown", (event) => { if (event.key === "Escape" && !box) place.replaceChildren(); });
}

// Markdown: marks around what is selected, and how it will look.
function editor(box) {
  const area = box.querySelector("textarea"), seen = box.querySelector("[data-seen]"), marks = box.querySelector(".marks");
  const show = async (which) => {
    const preview = which === "preview";
    for (const tab of box.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === which));
    if (preview) {
      seen.style.minHeight = `${area.offsetHeight}px`;
      seen.innerHTML = area.value.trim() ? (await ask("/typing/preview", area.form, area.value)) ?? "" : "";
      if (!seen.innerHTML) seen.append(element("p", area.value.trim() ? "The preview is not there right now." : "Nothing to preview yet.", { className: "muted" }));
    }
    area.hidden = preview;
    seen.hidden = !preview;
    marks.hidden = preview;
    if (!preview) area.focus();
  };
  box.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]"), mark = event.target.closest("[data-mark]");
    if (tab) show(tab.dataset.tab);
    if (mark) put(area, mark.dataset.mark);
  });
  area.addEventListener("invalid", () => { if (area.hidden) show("write"); });
}
function put(area, mark) {
  const { selectionStart: from, selectionEnd: to, value } = area, chosen = value.slice(from, to);
  let text = mark + chosen + mark, inside = [mark.length, mark.length + chosen.length];
  if (mark === "- ") {
    text = (from && value[from - 1] !== "\n" ? "\n" : "") + chosen.split("\n").map((line) => mark + line).join("\n");
    inside = [text.length, text.length];
  } else if (mark === "[]") {
    text = `[${chosen || "text"}](https://)`;
    inside = [text.length - 1, text.length - 1];
  }
  area.focus();
  area.setRangeText(text, from, to);
  area.setSelectionRange(from + inside[0], from + inside[1]);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// A form with files goes up with a bar for each; whatever comes back takes the page's place, and a refused form keeps its files.
function send(form, submitter) {
  const input = form.querySelector("input[type=file]"), files = [...input.files];
  const bars = [...form.querySelectorAll("[data-chosen] li")].slice(0, files.length).map((item, number) => {
    const bar = element("progress", "", { max: files[number].size || 1, value: 0 });
    bar.setAttribute("aria-label", `Sending ${files[number].name}`);
    item.append(bar);
    return bar;
  });
  const request = new XMLHttpRequest();
  const failed = (words) => {
    delete form.dataset.sent;
    for (const bar of bars) bar.remove();
    form.querySelector("[data-failed]")?.remove();
    const note = element("p", words, { className: "notice bad" });
    note.dataset.failed = "";
    note.setAttribute("role", "alert");
    submitter.closest(".actions").before(note);
  };
  request.open("POST", form.action);
  request.upload.onprogress = (event) => {
    // what goes before the files (the text) is little; each bar fills when those before it are full
    let left = event.loaded - (event.total - files.reduce((sum, file) => sum + file.size, 0));
    for (const [number, bar] of bars.entries()) { bar.value = Math.max(0, Math.min(files[number].size || 1, left)); left -= files[number].size; }
  };
  request.onerror = () => failed("Nothing was sent: the connection broke. Everything is still here; please try again.");
  request.onload = () => {
    if (request.status === 413) { failed("That is too big. Please take a file out and try again."); return; }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const again = page.querySelector("input[type=file]");
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
    if (request.responseURL && request.responseURL !== form.action) history.pushState({}, "", request.responseURL);
    enhance(document);
    portal(document);
    if (request.status >= 400 && again) { setFiles(again, files); document.getElementById("files-error")?.remove(); }
    const goal = document.querySelector("[aria-invalid=true], [role=alert]");
    if (goal) goal.focus(); else window.scrollTo(0, 0);
  };
  request.send(new FormData(form, submitter));
}

function enlarge(link) {
  const box = element("dialog", "", { className: "picture" }), bar = element("form", "", { method: "dialog" });
  box.setAttribute("aria-label", link.title);
  const save = element("a", "Download", { href: link.href, download: "" });
  bar.append(element("span", link.title, { className: "cut-off" }), save, element("button", "Close", { className: "button small" }));
  box.append(bar, element("img", "", { src: link.href, alt: link.title }));
  box.addEventListener("close", () => { box.remove(); link.focus(); });
  document.body.append(box);
  box.showModal();
}

// An answer's own address opens its fold, also in browsers that do not by themselves.
function openAnswer() {
  const answer = location.hash.startsWith("#answer-") && document.getElementById(location.hash.slice(1));
  if (answer) { answer.closest("details").open = true; answer.closest("details").scrollIntoView({ block: "start" }); }
}

function portal(root) {
  root.querySelectorAll("form[data-suggest]").forEach(suggest);
  root.querySelectorAll("[data-editor]").forEach(editor);
}
document.addEventListener("DOMContentLoaded", () => { portal(document); openAnswer(); });
window.addEventListener("hashchange", openAnswer);
window.addEventListener("popstate", (event) => { if (event.state) location.reload(); });
document.addEventListener("submit", (event) => {
  const form = event.target, input = "upload" in form.dataset && form.querySelector("input[type=file]");
  if (!input || !input.files.length || event.defaultPrevented) return;
  event.preventDefault();
  send(form, event.submitter || form.querySelector(".button.primary"));
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  const picture = event.target.closest("[data-picture]");
  if (picture && !event.ctrlKey && !event.metaKey) { event.preventDefault(); enlarge(picture); }
  const hits = document.querySelector(".floating:not(:empty)");
  if (hits && !hits.parentNode.contains(event.target)) hits.replaceChildren();
});
