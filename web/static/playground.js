// Watches the mails arrive: asks for the page again and puts in what changed. Without it, reloading shows the same.
"use strict";
const live = document.getElementById("live");

function freshen(page) {
  for (const card of [...page.querySelectorAll(".trace-card")].reverse()) {
    const old = document.getElementById(card.id);
    if (!old) { live.querySelectorAll(".empty").forEach((empty) => empty.remove()); live.prepend(card); continue; }
    card.open = old.open;
    if (old.textContent !== card.textContent) old.replaceWith(card);
  }
  for (const inbox of page.querySelectorAll(".client-inbox")) {
    const old = document.getElementById(inbox.id);
    if (old && old.textContent !== inbox.textContent && !old.contains(document.activeElement)) old.replaceWith(inbox);
  }
  localTimes(live);
}
async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(live.dataset.poll, { headers: { Accept: "text/html" } });
      if (answer.ok) freshen(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the server restarts: the next look finds it */ }
  }
  setTimeout(look, live.querySelector("[data-running]") ? 700 : 2000);
}
if (live) setTimeout(look, 700);
