// The strip at the top of the page is drawn every few seconds: a label given here is told there at once.
import { put } from "../shared/dom.js";

const SENTENCE = ".st-key-state_strip .sentence";

export function sayOnStrip(sentence) {
  const line = document.querySelector(SENTENCE);
  if (line) put(line, sentence);
}
