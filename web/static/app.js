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
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime), two = (number) => String(number).padStart(2, "0");
    // the server's own style, whatever the browser's language: two styles side by side read as two kinds of date
    const words = `${at.getDate()} ${at.toLocaleString("en", { month: "short" })} ${at.getFullYear()}, ${two(at.getHours())}:${two(at.getMinutes())}`;
    time.title = words;
    if ("full" in time.dataset) time.textContent = words;
  }
}

// Files: dropped on the field, or pasted anywhere into its form, join those already chosen; each can be taken out again.
const element = (name, text = "", set = {}) => Object.assign(document.createElement(name), { textContent: text }, set);
const sized = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const kept = new WeakMap(); // what a file field held before its dialog replaced it
function setFiles(input, files) {
  const all = new DataTransfer();
  for (const file of files) all.items.add(file);
  input.files = all.files;
  showFiles(input);
}
function takeFiles(input, files) {
  const known = new Set((kept.get(input) || []).map((file) => file.name + file.size + file.lastModified));
  setFiles(input, [...(kept.get(input) || []), ...[...files].filter((file) => !known.has(file.name + file.size + file.lastModified))]);
}
function showFiles(input) {
  const files = [...input.files];
  kept.set(input, files);
  const zone = input.closest("[data-drop]");
  const list = zone && zone.parentNode.querySelector("[data-chosen]");
  if (!list) return;
  list.hidden = !files.length;
  list.replaceChildren(...files.map((file, number) => {
    const item = element("li");
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type) && file.size < 2e7;
    const thumb = picture ? element("canvas", "", { width: 72, height: 72 }) : element("span", (file.name.split(".").pop() || "").slice(0, 4).toUpperCase());
    thumb.className = "thumb";
    if (picture) drawn(file, thumb);
    const remove = element("button", "✕", { type: "button", className: "icon-button" });
    remove.setAttribute("aria-label", `Take out ${file.name}`);
    remove.onclick = () => { setFiles(input, files.filter((one) => one !== file)); input.focus(); };
    item.append(thumb, element("span", file.name, { className: "cut-off" }), remove, element("small", sized(file.size)));
    return item;
  }));
  const most = Number(zone.dataset.most), sum = files.reduce((all, file) => all + file.size, 0);
  input.setCustomValidity(most && sum > most ? `The files are larger than ${sized(most)} together.` : "");
  if (most && sum > most) list.append(element("li", `Together ${sized(sum)}: at most ${sized(most)}. Please take one out.`, { className: "error" }));
}
// On a canvas: the page's policy shows no picture from elsewhere, not even from the reader's own disk.
async function drawn(file, canvas) {
  try {
    const bitmap = await createImageBitmap(file), side = Math.min(bitmap.width, bitmap.height);
    canvas.getContext("2d").drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, 72, 72);
  } catch { canvas.hidden = true; }
}
function dropZone(zone) {
  const input = zone.querySelector("input");
  const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle("over", on); };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => { over(false)(event); takeFiles(input, event.dataTransfer.files); });
  input.addEventListener("change", () => takeFiles(input, [...input.files]));
}

function enhance(root) {
  localTimes(root);
  root.querySelectorAll("[data-drop]").forEach(dropZone);
}
document.addEventListener("DOMContentLoaded", () => enhance(document));
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
