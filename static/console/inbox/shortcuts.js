// @ts-check
/** Single keys for people who work here all day. Off while one writes, in dialogs, and when switched off. */
import { setting } from "./keeping.js";

/** @param {EventTarget | null} target */
function isWriting(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])"))
  );
}

/**
 * @param {Record<string, () => void>} keys by `event.key`
 * @param {(target: HTMLElement | null) => boolean} escape what Esc does; true if it did something
 */
export function listenForKeys(keys, escape) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (escape(event.target instanceof HTMLElement ? event.target : null)) event.preventDefault();
      return;
    }
    if (isWriting(event.target) || !setting("keys") || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
}
