// @ts-check
/**
 * Marking words of an utterance with an entity type.
 *
 * With the mouse: select words, choose the type from the menu at the selection. With the keyboard: open the row's
 * editor (its pencil), select with Shift and the arrow keys, press the number of the type. Offsets are code points.
 */

/**
 * How many code points a piece of a text has.
 * @param {string} text
 */
export function codePoints(text) {
  let count = 0;
  for (const _character of text) count += 1;
  return count;
}

/**
 * The code point offset in the utterance of a place in the page; null outside its text.
 * @param {Node} node
 * @param {number} offset
 * @param {Element} scope
 */
export function offsetIn(node, offset, scope) {
  let place = node;
  let at = offset;
  if (place.nodeType !== Node.TEXT_NODE) {
    // Between two pieces: the beginning of the next one, or the end of the last.
    const next = place.childNodes[at];
    const piece = next instanceof Element ? (next.matches("[data-start]") ? next : next.querySelector("[data-start]")) : null;
    if (piece instanceof HTMLElement) return Number(piece.dataset.start);
    const pieces = scope.querySelectorAll("[data-start]");
    const last = pieces[pieces.length - 1];
    if (!(last instanceof HTMLElement) || !scope.contains(place)) return null;
    return Number(last.dataset.start) + codePoints(last.textContent ?? "");
  }
  const piece = place.parentElement?.closest("[data-start]");
  if (!(piece instanceof HTMLElement) || !scope.contains(piece)) return null;
  return Number(piece.dataset.start) + codePoints((place.textContent ?? "").slice(0, at));
}

/**
 * The code point span of a native input's selection.
 * @param {string} value
 * @param {number} start
 * @param {number} end
 * @returns {[number, number]}
 */
export function inputSpan(value, start, end) {
  return [codePoints(value.slice(0, start)), codePoints(value.slice(0, end))];
}

/** @type {{url: string, target: string, start: number, end: number} | null} */
let pending = null;

/** @param {string} type */
function send(type) {
  if (!pending) return;
  const { url, target, start, end } = pending;
  pending = null;
  htmx.ajax("POST", url, { target, swap: "outerHTML", values: { start, end, type } });
}

/** The selection inside one utterance's text, as a request that waits for its type. */
function readSelection() {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const common = range.commonAncestorContainer;
  const scope = (common instanceof Element ? common : common.parentElement)?.closest(".utterance-text");
  if (!(scope instanceof HTMLElement)) return null;
  const start = offsetIn(range.startContainer, range.startOffset, scope);
  const end = offsetIn(range.endContainer, range.endOffset, scope);
  if (start === null || end === null || end <= start) return null;
  return {
    box: range.getBoundingClientRect(),
    request: { url: scope.dataset.annotate ?? "", target: scope.dataset.target ?? "", start, end },
  };
}

document.addEventListener("mouseup", (event) => {
  if (event.target instanceof Element && event.target.closest("#type-menu")) return;
  const menu = document.getElementById("type-menu");
  const read = readSelection();
  if (!menu || !read) return;
  pending = read.request;
  menu.showPopover();
  const { innerWidth, innerHeight } = window;
  const left = Math.max(8, Math.min(read.box.left, innerWidth - menu.offsetWidth - 8));
  const below = read.box.bottom + 6;
  const top = below + menu.offsetHeight > innerHeight ? Math.max(8, read.box.top - menu.offsetHeight - 6) : below;
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${top}px`);
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-type]") : null;
  if (!(button instanceof HTMLElement)) return;
  const editor = button.closest(".utterance-editor");
  if (editor) labelInEditor(editor, button.dataset.type ?? "");
  else if (button.closest("#type-menu")) {
    send(button.dataset.type ?? "");
    document.getElementById("type-menu")?.hidePopover();
  }
});

/**
 * Mark what is selected in the editor's input. Unsaved wording has to be saved first: its offsets would be wrong.
 * @param {Element} editor
 * @param {string} type
 */
function labelInEditor(editor, type) {
  const input = editor.querySelector("[data-wording]");
  if (!(input instanceof HTMLInputElement) || !(editor instanceof HTMLElement)) return false;
  const from = input.selectionStart ?? 0;
  const to = input.selectionEnd ?? 0;
  if (to <= from || input.value !== input.dataset.saved) return false;
  const [start, end] = inputSpan(input.value, from, to);
  pending = { url: editor.dataset.annotate ?? "", target: editor.dataset.target ?? "", start, end };
  send(type);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof Element ? event.target : null;
  const editor = target?.closest(".utterance-editor");
  if (editor && event.key === "Escape") {
    event.preventDefault();
    editor.querySelector("[data-cancel]")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    return;
  }
  if (!/^[1-9]$/.test(event.key)) return;
  if (editor && target?.matches("[data-wording]")) {
    const button = editor.querySelector(`[data-key="${event.key}"]`);
    if (button instanceof HTMLElement && labelInEditor(editor, button.dataset.type ?? "")) event.preventDefault();
    return;
  }
  const menu = document.getElementById("type-menu");
  if (!menu?.matches(":popover-open") || target?.closest("input, textarea, select")) return;
  const button = menu.querySelector(`[data-key="${event.key}"]`);
  if (button instanceof HTMLElement) {
    event.preventDefault();
    button.click();
  }
});
