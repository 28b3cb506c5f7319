// @ts-check
/**
 * Links with `hx-target="#dialog-body"` open their page's fragment in the one dialog of the page. Without a
 * script they lead to the same content as a page of its own.
 */
const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("dialog"));

document.body.addEventListener("htmx:afterSwap", (event) => {
  const target = /** @type {CustomEvent} */ (event).detail.target;
  if (!dialog || target?.id !== "dialog-body") return;
  if (target.childElementCount === 0) dialog.close();
  else if (!dialog.open) dialog.showModal();
});

document.addEventListener("click", (event) => {
  if (!dialog || !(event.target instanceof Element)) return;
  const closer = event.target.closest("[data-close-dialog]");
  if (closer && dialog.contains(closer)) {
    event.preventDefault();
    dialog.close();
  }
});

dialog?.addEventListener("close", () => {
  document.getElementById("dialog-body")?.replaceChildren();
});

document.body.addEventListener("dialog:close", () => dialog?.close());

/**
 * Ask before something that `hx-confirm` guards, in the page's own dialog.
 * @param {string} question
 * @returns {Promise<boolean>}
 */
function confirmIn(question) {
  return new Promise((resolve) => {
    const body = document.getElementById("dialog-body");
    if (!dialog || !body) return resolve(false);
    const title = document.createElement("h1");
    title.className = "dialog-title";
    title.id = "dialog-title";
    title.textContent = question;
    const row = document.createElement("div");
    row.className = "actions end";
    const cancel = document.createElement("button");
    cancel.type = "button";
    cancel.className = "button";
    cancel.textContent = gettext("Cancel");
    const go = document.createElement("button");
    go.type = "button";
    go.className = "button danger";
    go.textContent = gettext("Yes, do it");
    row.append(cancel, go);
    body.replaceChildren(title, row);
    let answer = false;
    go.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => resolve(answer), { once: true });
    dialog.showModal();
    cancel.focus();
  });
}

document.body.addEventListener("htmx:confirm", async (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail;
  if (!detail.question) return;
  event.preventDefault();
  if (await confirmIn(detail.question)) detail.issueRequest(true);
});
