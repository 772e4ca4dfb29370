// What every page gets on top of its working forms: nothing here is needed to use them.
"use strict";
document.documentElement.classList.add("js");

// Colours: the form posts to /theme; here the choice is made without a reload. The server reads the same cookie.
function chooseTheme(theme) {
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll(".themes button")) button.setAttribute("aria-pressed", String(button.value === theme));
}

// Times are written in UTC by the server; on hover (and where the whole date stands) they are shown in the reader's own zone.
function localTimes(root) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const words = format.format(new Date(time.dateTime));
    time.title = words;
    if ("full" in time.dataset) time.textContent = words;
  }
}

// Files: dropped on the field, or pasted anywhere into its form, join those already chosen.
function takeFiles(input, files) {
  const all = new DataTransfer();
  for (const file of [...input.files, ...files]) all.items.add(file);
  input.files = all.files;
}
function dropZone(zone) {
  const input = zone.querySelector("input");
  const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle("over", on); };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => { over(false)(event); takeFiles(input, event.dataTransfer.files); });
}

// What the requester's browser says of itself; the fields stay editable before sending.
function environment() {
  const agent = navigator.userAgent;
  const browser = (agent.match(/(Edg|OPR|Firefox|Chrome|Version)\/[\d.]+/) || [agent])[0].replace("Version", "Safari").replace("/", " ");
  return { browser, os: (agent.match(/\(([^)]+)\)/) || ["", ""])[1], url: document.referrer };
}

document.addEventListener("DOMContentLoaded", () => {
  localTimes(document);
  document.querySelectorAll("[data-drop]").forEach(dropZone);
  for (const field of document.querySelectorAll("[data-env]")) field.value ||= environment()[field.dataset.env] || "";
});
document.addEventListener("click", (event) => {
  const theme = event.target.closest(".themes button");
  if (theme) { event.preventDefault(); chooseTheme(theme.value); }
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const form = event.target.form;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) { event.preventDefault(); form.requestSubmit(form.querySelector(".button.primary")); }
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && "auto" in form.dataset) form.requestSubmit();
});
document.addEventListener("paste", (event) => {
  const input = event.target.form && event.target.form.querySelector("input[type=file]");
  if (input && event.clipboardData.files.length) { event.preventDefault(); takeFiles(input, event.clipboardData.files); }
});
// One press, one message: a second submit of the same form waits until the page has answered.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });
