// @ts-check
/** Times as people say them, in the page's language and the reader's time zone. */

/** The page's language, in the reader's own form of it (English dates differ by country). */
function language() {
  const page = document.documentElement.lang || "en";
  const own = navigator.languages.find((tag) => tag.startsWith("en-"));
  return page === "en" ? own ?? "en-GB" : page;
}

/**
 * A day's name: today, yesterday, a weekday within the week, otherwise the date.
 * @param {Date} day
 * @param {Date} now
 */
export function dayName(day, now) {
  const days = Math.round((startOfDay(now) - startOfDay(day)) / 86_400_000);
  if (days === 0 || days === 1) {
    const name = new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-days, "day");
    return name.charAt(0).toUpperCase() + name.slice(1);
  }
  /** @type {Intl.DateTimeFormatOptions} */
  const form = days > 1 && days < 7 ? { weekday: "long" } : { year: "numeric", month: "long", day: "numeric" };
  return new Intl.DateTimeFormat(language(), form).format(day);
}

/** @param {Date} moment */
export function timeOfDay(moment) {
  return new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
}

/** @param {Date} moment */
export function exactTime(moment) {
  return new Intl.DateTimeFormat(language(), { dateStyle: "full", timeStyle: "medium" }).format(moment);
}

/**
 * Whether two moments are on the same day for the reader.
 * @param {Date} one
 * @param {Date} other
 */
export function sameDay(one, other) {
  return startOfDay(one) === startOfDay(other);
}

/** @param {Date} moment */
function startOfDay(moment) {
  // UTC of the reader's date: days of 23 or 25 hours count as one.
  return Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate());
}
