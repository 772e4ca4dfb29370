// The answer being written: kept on the server while it is typed, files with their progress, and the seconds in which an answer
// can still be taken back.
"use strict";
const writing = one("#composer");
const ticketPage = one("[data-ticket]");
const token = () => one("[name=csrf_token]").value;
const post = (path, fields, more = {}) => fetch(ticketPage.dataset.ticket + path, {
  method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ csrf_token: token(), ...fields }), ...more,
});

// A part of the page that is fetched when it is first needed, once.
const version = document.currentScript ? new URL(document.currentScript.src).search : "";
const parts = new Map();
function loaded(name) {
  if (!parts.has(name)) {
    parts.set(name, new Promise((done, failed) => {
      const part = name.endsWith(".css") ? element("link", "", { rel: "stylesheet", href: `/static/${name}${version}` }) : element("script", "", { src: `/static/${name}${version}` });
      part.onload = done;
      part.onerror = failed;
      document.head.append(part);
    }));
  }
  return parts.get(name);
}

// A reply and a note are two texts: what was written as one never becomes the other. The one that is not shown waits in this window;
// the server keeps the one that is shown, or, while that is empty, the other.
const WAITS = ticketPage && `waits ${ticketPage.dataset.ticket}`;
const waiting = { reply: "", note: "" };
let shown = writing && writing.elements.mode.value;
const other = () => (shown === "note" ? "reply" : "note");
function unsent() {
  const mode = !one("#content").value.trim() && waiting[other()].trim() ? other() : shown;
  return { mode, content: mode === shown ? one("#content").value : waiting[mode] };
}
function remember() {
  if (waiting[other()].trim()) sessionStorage.setItem(WAITS, JSON.stringify([other(), waiting[other()]]));
  else sessionStorage.removeItem(WAITS);
  for (const mode of ["reply", "note"]) {
    const tab = one(`.tab-${mode}`), waits = Boolean(waiting[mode].trim());
    tab.classList.toggle("waits", waits);
    tab.title = waits ? "What you wrote here is not sent yet" : "";
  }
}
function changeMode() {
  const mode = writing.elements.mode.value;
  if (mode === shown) return;
  waiting[shown] = one("#content").value;
  one("#content").value = waiting[mode];
  waiting[mode] = "";
  shown = mode;
  remember();
  see(false);
}
function recall() {
  const [mode, text] = JSON.parse(sessionStorage.getItem(WAITS) || "[]");
  if (mode === other()) waiting[mode] = text;
  else if (mode && !one("#content").value.trim()) one("#content").value = text;
  remember();
}

// How the text will look, in its place.
async function see(preview) {
  const text = one("#content"), seen = one("[data-preview]");
  for (const button of document.querySelectorAll("[data-see]")) button.setAttribute("aria-pressed", String((button.dataset.see === "preview") === preview));
  if (preview) {
    seen.style.minHeight = `${text.offsetHeight || 132}px`;
    const answer = text.value.trim() && await fetch("/typing/preview", { method: "POST", body: new URLSearchParams({ csrf_token: token(), text: text.value }) });
    if (answer && answer.ok) seen.innerHTML = await answer.text();
    else seen.replaceChildren(element("p", answer ? "The preview is not there right now." : "Nothing to preview yet.", { className: "muted" }));
  }
  text.hidden = preview;
  seen.hidden = !preview;
}

// The draft: a second after the last key it is on the server, on whatever browser the agent goes on.
const draft = { kept: "", timer: 0, running: null };
const typed = () => { const { mode, content } = unsent(); return content.trim() ? `${mode}\n${content}` : ""; };
function keepDraft(more = {}) {
  clearTimeout(draft.timer);
  const now = typed();
  if (now === draft.kept || writing.dataset.sent) return draft.running || Promise.resolve();
  draft.kept = now;
  const fields = { ...unsent(), seen: writing.elements.seen.value };
  draft.running = post("/draft", fields, more).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error()))).then((said) => {
    one(".draft-line").hidden = !said.kept;
    one("[data-draft]").textContent = "Draft kept";
  }).catch(() => {
    draft.kept = null;
    one(".draft-line").hidden = false;
    one("[data-draft]").textContent = "The draft could not be kept: it is in this window only.";
  }).finally(() => { draft.running = null; });
  return draft.running;
}
function watchDraft() {
  draft.kept = typed();
  recall();
  one("#content").setSelectionRange(one("#content").value.length, one("#content").value.length);
  const soon = () => { clearTimeout(draft.timer); draft.timer = setTimeout(keepDraft, 1000); };
  one("#content").addEventListener("input", soon);
  for (const radio of writing.elements.mode) radio.addEventListener("change", () => { changeMode(); soon(); });
  if (typed() !== draft.kept) soon();
  window.addEventListener("pagehide", () => keepDraft({ keepalive: true }));
  // another form of the page leads away from it: what was typed goes first
  document.addEventListener("submit", (event) => {
    const form = event.target, own = form === writing;
    if (form.method !== "post" || (own ? !draft.running : typed() === draft.kept && !draft.running)) return;
    event.preventDefault();
    (own ? draft.running : keepDraft()).finally(() => { draft.kept = typed(); delete form.dataset.sent; form.requestSubmit(event.submitter); });
  });
}

// Files: sent by hand, so that one sees how far they are.
function sendFiles(event) {
  if (event.defaultPrevented || event.submitter?.formAction.endsWith("/draft") || ![...writing.elements.files.files].length) return;
  event.preventDefault();
  const bar = one(".upload"), request = new XMLHttpRequest();
  bar.hidden = false;
  request.open("POST", writing.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.onprogress = (step) => { bar.value = (100 * step.loaded) / step.total; };
  request.onload = () => {
    if (request.status !== 200) { writing.submit(); return; } // refused or held back: the page says why
    const goal = new URL(JSON.parse(request.responseText).location, location.href);
    location.assign(goal);
    if (goal.pathname + goal.search === location.pathname + location.search) location.reload();
  };
  request.onerror = () => { bar.hidden = true; delete writing.dataset.sent; alert("Nothing was sent: the connection broke. Everything is still here."); };
  request.send(new FormData(writing, event.submitter));
}

// Canned responses come in a dialog of their own, which is fetched when it is first asked for.
async function openCanned() {
  await loaded("sheets.css");
  await loaded("canned.js");
  showCanned();
}

// What was said, quoted at the cursor.
function quote(id) {
  const words = document.querySelector(`#${id} .prose`);
  if (!words || !writing) return;
  const text = one("#content");
  write(writing.elements.mode.value);
  text.setRangeText(`${words.innerText.trim().split("\n").map((line) => `> ${line}`).join("\n")}\n\n`, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input"));
}

// The seconds in which an answer can be taken back run down where they are shown; afterwards the button is gone.
function countDown() {
  const bar = one(".sending");
  if (!bar) return;
  const flash = one(".flash form[action*='/undo/']"), end = Date.now() + 1000 * Number(bar.dataset.left);
  const shown = flash ? element("span", "", { className: "left" }) : bar.querySelector("[data-seconds]");
  if (flash) { bar.hidden = true; shown.setAttribute("aria-hidden", "true"); flash.before(shown); }
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    shown.textContent = `${Math.max(0, left)} s`;
    if (left > 0) { setTimeout(tick, 250); return; }
    bar.remove();
    if (flash) { shown.remove(); flash.remove(); }
  };
  tick();
}

if (writing) {
  watchDraft();
  writing.addEventListener("submit", sendFiles);
  writing.addEventListener("submit", (event) => {
    if (event.submitter?.name === "discard" && !one("#content").value.trim()) { waiting[other()] = ""; remember(); }
  });
  window.addEventListener("pageshow", () => { shown = writing.elements.mode.value; });
  one("#content").addEventListener("input", () => { if (one("#content").hidden) see(false); });
  for (const button of document.querySelectorAll("[data-see]")) {
    button.addEventListener("click", async () => { await see(button.dataset.see === "preview"); if (!one("#content").hidden) one("#content").focus(); });
  }
  one("#canned-open").addEventListener("click", openCanned);
}
countDown();
document.addEventListener("click", (event) => {
  const source = event.target.closest("[data-quote]");
  if (source) quote(source.dataset.quote);
});
