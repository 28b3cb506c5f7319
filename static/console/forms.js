// @ts-check
/** Forms: asking before unsaved changes are lost, adding rows, sending on change, no double sends. */

const dirty = new Set();
let leaving = false;

/** @param {EventTarget | null} target */
function guardedForm(target) {
  return target instanceof Element ? /** @type {HTMLFormElement | null} */ (target.closest("form[data-guard]")) : null;
}

document.addEventListener("input", (event) => {
  const form = guardedForm(event.target);
  if (form) {
    dirty.add(form);
    form.toggleAttribute("data-dirty", true);
  }
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  dirty.delete(form);
  form.removeAttribute("data-dirty");
  leaving = true;
});

// A fragment answer means that the page stays.
document.body.addEventListener("htmx:afterRequest", () => {
  leaving = false;
});

window.addEventListener("beforeunload", (event) => {
  const unsaved = [...dirty].some((form) => form.isConnected);
  if (unsaved && !leaving) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const field = event.target instanceof Element ? event.target.closest("[data-submit]") : null;
  if (field && "form" in field) /** @type {HTMLSelectElement} */ (field).form?.requestSubmit();
});

// `data-add="ID"` puts a copy of the template ID before itself, and the cursor into it.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-add]") : null;
  if (!(button instanceof HTMLElement)) return;
  const template = document.getElementById(button.dataset.add ?? "");
  if (!(template instanceof HTMLTemplateElement)) return;
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const field = copy.querySelector("input, textarea");
  button.before(copy);
  if (field instanceof HTMLElement) field.focus();
});

// Enter sends a one-line editor; inside an input method it only ends the composition.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  const field = event.target;
  if (field instanceof HTMLTextAreaElement && field.matches("[data-enter-sends]")) {
    event.preventDefault();
    field.form?.requestSubmit();
  }
});

// A form that stays on its page is emptied after the server took what it held; the cursor stays in it.
document.body.addEventListener("htmx:afterRequest", (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail;
  const form = detail.elt;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-reset]") || !detail.successful) return;
  const locale = form.querySelector("select")?.value;
  form.reset();
  const select = form.querySelector("select");
  if (select && locale !== undefined) select.value = locale;
  form.querySelector("textarea")?.focus();
});
