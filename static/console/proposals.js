// @ts-check
/** Proposed utterances by keys. */
import { cardsOf } from "./cards.js";

const { press, listen } = cardsOf("proposal");

listen({
  a: () => press("[data-accept]"),
  r: () => press("[data-reject]"),
  e: () => press("[data-edit]"),
  x: () => press("input[data-row]"),
});
