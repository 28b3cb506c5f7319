// @ts-check
/** What this browser keeps for one member of staff: settings, drafts, unsent replies, what was seen. */

const inbox = document.getElementById("inbox");
// Whoever is signed in is named on every page, also on one that has no cards to show.
const prefix = `xiaoer.desk.${document.body.dataset.user ?? ""}.`;
/** Used where the browser refuses storage; then a reload forgets. @type {Map<string, string>} */
const memory = new Map();

/** @param {string} name @returns {string | null} */
function get(name) {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return memory.get(name) ?? null;
  }
}

/**
 * The kept value, or the fallback.
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {T}
 */
export function kept(name, fallback) {
  const stored = get(name);
  if (stored === null) return fallback;
  try {
    return JSON.parse(stored);
  } catch {
    return fallback;
  }
}

/**
 * Keep a value; null forgets it.
 * @param {string} name
 * @param {unknown} value
 */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    if (value === null) memory.delete(name);
    else memory.set(name, JSON.stringify(value));
  }
}

const DEFAULTS = { sound: inbox?.dataset.sound !== "off", repeat: false, notify: false, enter: true, keys: true };

/** @typedef {keyof typeof DEFAULTS} Setting */

/** @param {Setting} name @returns {boolean} */
export function setting(name) {
  return kept(`setting.${name}`, DEFAULTS[name]);
}

/** @param {Setting} name @param {boolean} value */
export function changeSetting(name, value) {
  keep(`setting.${name}`, value);
  document.dispatchEvent(new CustomEvent("desk:setting", { detail: name }));
}
