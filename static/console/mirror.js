// @ts-check
/** `data-mirror="ID"`: a slider and its number field show the same value; a slider needs this, so it waits hidden. */

/** @param {ParentNode} place */
function showSliders(place) {
  for (const slider of place.querySelectorAll("input[type=range][data-mirror]")) {
    if (slider instanceof HTMLInputElement) slider.hidden = false;
  }
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.dataset.mirror) return;
  const other = document.getElementById(field.dataset.mirror);
  if (other instanceof HTMLInputElement && field.value !== "" && other.value !== field.value) other.value = field.value;
});

showSliders(document);
