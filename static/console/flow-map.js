// @ts-check
/** The map of a flow opens at the step under way, the chosen one, or the first; a talk at what was said last. */

/** @param {Element} map */
function show(map) {
  const box = map.querySelector(".flow-box.current, .flow-box.chosen") ?? map.querySelector(".flow-box");
  if (!box) return;
  const place = box.getBoundingClientRect();
  const frame = map.getBoundingClientRect();
  map.scrollLeft += place.left + place.width / 2 - frame.left - frame.width / 2;
  if (place.bottom > frame.bottom || place.top < frame.top) {
    map.scrollTop += place.top + place.height / 2 - frame.top - frame.height / 2;
  }
}

/** @param {ParentNode} root */
function showAll(root) {
  for (const map of root.querySelectorAll(".flow-map")) show(map);
  for (const talk of root.querySelectorAll(".trial-talk")) talk.scrollTop = talk.scrollHeight;
}

showAll(document);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target instanceof Element) showAll(event.target);
});
