// @ts-check
/** Arrow Up in an empty `data-recall` field brings back what was sent from it, newest first. */

const KEPT = 20;
/** @type {string[]} */
const sent = [];
let place = 0;

/** @param {EventTarget | null} target */
function recallField(target) {
  return target instanceof HTMLInputElement && target.matches("[data-recall]") ? target : null;
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const field = recallField(form.querySelector("[data-recall]"));
  if (!field?.value.trim()) return;
  if (sent.at(-1) !== field.value) sent.push(field.value);
  if (sent.length > KEPT) sent.shift();
  place = sent.length;
});

document.addEventListener("keydown", (event) => {
  const field = recallField(event.target);
  if (!field || event.isComposing || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const browsing = place < sent.length && field.value === sent[place];
  if (field.value && !browsing && field.value !== sent.at(-1)) return;
  const next = place + (event.key === "ArrowUp" ? -1 : 1);
  if (next < 0 || next > sent.length) return;
  event.preventDefault();
  place = next;
  field.value = sent[place] ?? "";
});
