// @ts-check
/**
 * The flow editor: placeholders go where the cursor was, a choice that brings other fields shows them, and the
 * outline shows the step that is open.
 */

/** @type {HTMLTextAreaElement | HTMLInputElement | null} */
let lastText = null;

document.addEventListener("focusin", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  if (field.matches("[data-text], [data-template], #id_value, #id_search")) lastText = field;
});

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
