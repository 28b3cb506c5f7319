// @ts-check
/** `data-copy="ID"` copies the text of the element ID. */

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source) return;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText((source.textContent ?? "").trim());
    button.textContent = gettext("Copied");
  } catch {
    // No permission, or no clipboard on plain http: select the text, so that Ctrl+C works.
    getSelection()?.selectAllChildren(source);
    button.textContent = gettext("Press Ctrl+C");
  }
  button.addEventListener("blur", () => (button.textContent = label), { once: true });
});
