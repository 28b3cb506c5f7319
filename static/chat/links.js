// @ts-check
/** Addresses in messages. Only http and https ever become links, whatever a text says. */

const ADDRESS = /https?:\/\/[^\s<>"'，。！？；：、）】》]+/gi;
const TRAILING = /[.,;:!?)\]]+$/;

/**
 * The address if it is one that may be opened, otherwise null. Addresses of articles are relative to this server.
 * @param {string} address
 */
export function safeAddress(address) {
  try {
    const url = new URL(address, window.location.origin);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * A text in pieces; those with an `address` are links.
 * @param {string} text
 * @returns {{text: string, address: string | null}[]}
 */
export function splitLinks(text) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const found = match[0].replace(TRAILING, "");
    const address = safeAddress(found);
    if (!address) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), address: null });
    pieces.push({ text: found, address });
    end = match.index + found.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), address: null });
  return pieces;
}
