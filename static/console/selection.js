// @ts-check
/** Ticking rows of a list: all at once, and how many are ticked. */

/** @param {Element} scope */
function update(scope) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (scope.querySelectorAll("input[data-row]"));
  const ticked = [...boxes].filter((box) => box.checked).length;
  const all = /** @type {HTMLInputElement | null} */ (scope.querySelector("input[data-all]"));
  if (all) {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  for (const bar of scope.querySelectorAll("[data-bulk]")) bar.toggleAttribute("hidden", ticked === 0);
  for (const label of scope.querySelectorAll("[data-ticked]")) {
    label.textContent = ticked
      ? interpolate(ngettext("%s selected", "%s selected", ticked), [ticked])
      : gettext("Select all");
  }
}

document.addEventListener("change", (event) => {
  const box = event.target;
  const scope = box instanceof Element ? box.closest("[data-selection]") : null;
  if (!scope || !(box instanceof HTMLInputElement)) return;
  if (box.matches("[data-all]")) {
    for (const row of /** @type {NodeListOf<HTMLInputElement>} */ (scope.querySelectorAll("input[data-row]"))) {
      row.checked = box.checked;
    }
  }
  update(scope);
});

/** What was ticked without this script: before it ran, or kept by the browser when the page came back. */
function updateAll() {
  for (const scope of document.querySelectorAll("[data-selection]")) update(scope);
}

document.body.addEventListener("htmx:afterSettle", updateAll);
window.addEventListener("pageshow", updateAll);
updateAll();
