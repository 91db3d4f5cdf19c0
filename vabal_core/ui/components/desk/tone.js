// Brightness, contrast, gamma and inversion of the picture on screen, kept in this browser; the file is never changed.
import { remember } from "../shared/storage.js";

const NEUTRAL = { brightness: 1, contrast: 1, gamma: 1, invert: false };
const STORAGE_KEY = "studio:light";

export class Tone {
  constructor(root) {
    this.picture = root.querySelector(".picture");
    this.panel = root.querySelector(".tone");
    this.button = root.querySelector("[data-do=tone]");
    this.inverter = root.querySelector("[data-do=invert]");
    this.curves = root.querySelectorAll("#gamma > * > *");
    this.values = this.read();
    this.panel.addEventListener("input", ({ target }) => this.change({ [target.name]: Number(target.value) }));
    // After the mouse let go of a slider the keyboard belongs to the desk again.
    this.panel.addEventListener("pointerup", (event) => event.target.blur());
    this.draw();
  }

  read() {
    const values = { ...NEUTRAL };
    try {
      const kept = JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? {};
      const names = Object.keys(NEUTRAL).filter((name) => typeof kept[name] === typeof NEUTRAL[name]);
      for (const name of names) values[name] = kept[name];
    } catch {
      // Damaged: the picture is shown as it is.
    }
    return values;
  }

  change(values) {
    Object.assign(this.values, values);
    remember(STORAGE_KEY, JSON.stringify(this.values));
    this.draw();
  }

  reset() {
    this.change(NEUTRAL);
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", open);
  }

  draw() {
    const { brightness, contrast, gamma, invert } = this.values;
    for (const curve of this.curves) curve.setAttribute("exponent", 1 / gamma);
    const filters = [
      [gamma !== 1, "url(#gamma)"],
      [brightness !== 1, `brightness(${brightness})`],
      [contrast !== 1, `contrast(${contrast})`],
      [invert, "invert(1)"],
    ];
    this.picture.style.filter = filters.filter(([needed]) => needed).map(([, filter]) => filter).join(" ");
    for (const slider of this.panel.querySelectorAll("input")) {
      slider.value = this.values[slider.name];
      slider.nextElementSibling.textContent = this.values[slider.name].toFixed(2);
    }
    this.inverter.setAttribute("aria-pressed", invert);
    // What changes the look of every image must not be forgotten when the panel is closed.
    const changed = brightness !== 1 || contrast !== 1 || gamma !== 1;
    this.button.setAttribute("aria-pressed", changed);
  }
}
