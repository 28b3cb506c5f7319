// @ts-check
/** Texts that can be sent: a half of a surrogate pair (a torn emoji) has no place in UTF-8, and servers refuse it. */

const HALVES = /\p{Surrogate}/gu;

/**
 * The text with a replacement character for every half of a pair.
 * @param {string} text
 * @returns {string}
 */
export function wellFormed(text) {
  // Browsers before 2023 do not have it.
  const given = /** @type {any} */ (text);
  return given.toWellFormed ? given.toWellFormed() : text.replace(HALVES, "\ufffd");
}
