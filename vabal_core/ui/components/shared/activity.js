// Whether anybody is at this page: what nobody touches for a while holds no image that others could label.
import { CLOCK } from "./outbox.js";

const IDLE_MS = 60000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

export class Activity {
  // `back()` is told when somebody touches the page again that was left alone.
  constructor(back, { clock = CLOCK, page = document } = {}) {
    Object.assign(this, { back, clock, page, since: clock.elapsed() });
  }

  listen(signal) {
    const options = { signal, capture: true, passive: true };
    for (const name of SIGNS) this.page.addEventListener(name, () => this.touched(), options);
    this.page.addEventListener("visibilitychange", () => this.page.hidden || this.back(), { signal });
  }

  touched() {
    const { idle } = this;
    this.since = this.clock.elapsed();
    if (idle) this.back();
  }

  get idle() {
    return this.page.hidden || this.clock.elapsed() - this.since > IDLE_MS;
  }
}
