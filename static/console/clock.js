// @ts-check
/**
 * Times in the reader's own time zone. `<time data-clock="time|ago|wait" datetime="…">`: the time of day, how long
 * ago, or how long somebody has been waiting, which ticks and changes its level. The exact time is the title.
 */

const SOON = 60;
const LATE = 180;
const language = document.documentElement.lang;
const timeOfDay = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayAndTime = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(language, { style: "short", numeric: "auto" });

/** @param {number} seconds */
export function waited(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return interpolate(gettext("%s s"), [whole]);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return interpolate(gettext("%s min"), [minutes]);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return interpolate(gettext("%(hours)s h %(minutes)s min"), { hours, minutes: minutes % 60 }, true);
  return interpolate(ngettext("%s day", "%s days", Math.floor(hours / 24)), [Math.floor(hours / 24)]);
}

/** @param {number} seconds */
function ago(seconds) {
  if (seconds < 60) return gettext("now");
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), "hour");
  return relative.format(-Math.floor(seconds / 86400), "day");
}

/** @param {HTMLTimeElement} element @param {number} now */
function show(element, now) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  const seconds = (now - moment.getTime()) / 1000;
  const kind = element.dataset.clock;
  let text;
  if (kind === "wait") {
    text = waited(seconds);
    element.dataset.level = seconds >= LATE ? "late" : seconds >= SOON ? "soon" : "fresh";
  } else if (kind === "ago") {
    text = ago(seconds);
  } else {
    const today = new Date(now).toDateString() === moment.toDateString();
    text = (today ? timeOfDay : dayAndTime).format(moment);
  }
  if (element.textContent !== text) element.textContent = text;
  if (!element.dataset.exact) {
    element.dataset.exact = "";
    element.title = exact.format(moment);
  }
}

/**
 * Write the times within an element; the page's own are kept up to date anyway.
 * @param {ParentNode} root
 */
export function showTimes(root) {
  const now = Date.now();
  for (const element of root.querySelectorAll("time[data-clock]")) show(/** @type {HTMLTimeElement} */ (element), now);
}

showTimes(document);
let ticks = 0;
setInterval(() => {
  ticks += 1;
  const now = Date.now();
  const which = ticks % 30 === 0 ? "time[data-clock]" : 'time[data-clock="wait"]';
  for (const element of document.querySelectorAll(which)) show(/** @type {HTMLTimeElement} */ (element), now);
}, 1000);
