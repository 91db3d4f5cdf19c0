// A line over the image that says what is new, for some seconds or until the next press.
import { put } from "../shared/dom.js";

const SHOWN_MS = 5000;

export class Banner {
  constructor(root) {
    this.line = root.querySelector(".banner");
  }

  listen(signal) {
    const options = { signal, capture: true };
    for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, () => this.leave(), options);
  }

  show(text) {
    clearTimeout(this.timer);
    put(this.line, text);
    this.line.hidden = false;
    this.timer = setTimeout(() => this.leave(), SHOWN_MS);
  }

  leave() {
    if (this.line.hidden) return;
    clearTimeout(this.timer);
    this.line.hidden = true;
  }
}
