// @ts-check
/**
 * The flow editor: placeholders go where the cursor was, a choice that brings other fields shows them, and the
 * outline shows the step that is open.
 */

const TEXTS = "[data-text], [data-template], #id_value, #id_search";

/** @type {HTMLTextAreaElement | HTMLInputElement | null} */
let lastText = null;

/**
 * The text that one works on: clicked, or typed into. Passing a field on the way to a button does not count.
 * @param {Event} event
 */
function noteText(event) {
  const field = event.target;
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  if (field.matches(TEXTS)) lastText = field;
}

document.addEventListener("input", noteText);
document.addEventListener("pointerdown", noteText);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
  if (!(button instanceof HTMLElement)) return;
  const form = button.closest("form");
  const field = lastText?.isConnected && lastText.form === form ? lastText : form?.querySelector("textarea");
  if (!field) return;
  const end = field.selectionEnd ?? field.value.length;
  field.setRangeText(button.dataset.insert ?? "", field.selectionStart ?? end, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

document.addEventListener("change", (event) => {
  const select = event.target instanceof Element ? event.target.closest("select[data-refresh]") : null;
  if (!(select instanceof HTMLSelectElement) || !select.form) return;
  const button = document.createElement("button");
  button.name = "do";
  button.value = "refresh";
  button.hidden = true;
  select.form.append(button);
  select.form.requestSubmit(button);
  button.remove();
});

function showChosen() {
  const outline = document.getElementById("flow-outline");
  const chosen = outline?.querySelector("li[aria-current]");
  if (!outline || !chosen || outline.scrollHeight <= outline.clientHeight) return;
  const [box, row] = [outline.getBoundingClientRect(), chosen.getBoundingClientRect()];
  if (row.top < box.top || row.bottom > box.bottom) outline.scrollTop += row.top - box.top - box.height / 3;
}

showChosen();
document.body.addEventListener("htmx:oobAfterSwap", showChosen);
