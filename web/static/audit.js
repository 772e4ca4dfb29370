// The trail in the reader's own time: the server lists it by days of UTC, here its lines move to the day they have on this clock.
"use strict";
const two = (number) => String(number).padStart(2, "0");
const dayOf = (date) => {
  const named = (options) => date.toLocaleString("en", options);
  return `${named({ weekday: "long" })}, ${date.getDate()} ${named({ month: "long" })} ${date.getFullYear()}`;
};
const lines = [...document.querySelectorAll(".trail li")], sections = [...document.querySelectorAll(".trail")];
if (lines.some((line) => new Date(line.querySelector("time").dateTime).getTimezoneOffset())) {
  const last = sections[sections.length - 1], after = last.nextSibling, parent = last.parentNode;
  sections.forEach((section) => section.remove());
  let shown = null;
  for (const line of lines) {
    const time = line.querySelector("time"), date = new Date(time.dateTime), day = dayOf(date);
    time.textContent = `${two(date.getHours())}:${two(date.getMinutes())}`;
    if (!shown || shown.querySelector("h2").textContent !== day) {
      shown = sections[0].cloneNode(true);
      const heading = shown.querySelector("h2");
      heading.textContent = day;
      heading.id = `day-${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
      shown.setAttribute("aria-labelledby", heading.id);
      shown.querySelector("ol").replaceChildren();
      parent.insertBefore(shown, after);
    }
    shown.querySelector("ol").append(line);
  }
  for (const said of document.querySelectorAll("[data-zone]")) said.textContent = "Times are yours; the filters count days of UTC";
}
