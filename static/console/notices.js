// @ts-check
/** Notices: dismissing them, and showing one from a script. */

/**
 * Show a notice made in the browser. The region has role=status, so it is announced.
 * @param {"success" | "info" | "warning" | "error"} level
 * @param {string} text
 */
export function notify(level, text) {
  const region = document.getElementById("notices");
  if (!region) return;
  const box = document.createElement("div");
  box.className = `notice ${level}`;
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet icon small";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", gettext("Dismiss"));
  close.textContent = "×";
  box.append(paragraph, close);
  region.append(box);
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-dismiss]") : null;
  const notice = button?.closest(".notice");
  if (!notice) return;
  // The focus must not fall to the top of the page with the removed button.
  if (notice.contains(document.activeElement)) document.getElementById("content")?.focus({ preventScroll: true });
  notice.remove();
});
