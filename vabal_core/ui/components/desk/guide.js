// The class guide: what people wrote and pinned about each class, beside the image, so that the two can be compared.
import { focused } from "../shared/dom.js";
import { post } from "../shared/request.js";
import { guideEntry } from "./guide_entry.js";

const NO_ANSWER = "The class guide needs an answer from the server. Try again.";

export class Guide {
  constructor(root, desk) {
    this.desk = desk;
    this.frame = root.querySelector(".desk");
    this.box = root.querySelector(".guide");
    this.list = root.querySelector(".guide .entries");
    this.button = root.querySelector("[data-do=guide]");
    root.querySelector("[data-do=pin]").hidden = Boolean(desk.data.why_fixed);
    this.waiting = []; // pins of images whose labels the server may not have yet
  }

  get open() {
    return !this.box.hidden;
  }

  toggle(open = !this.open) {
    this.box.hidden = !open;
    this.frame.classList.toggle("guided", open);
    this.button.setAttribute("aria-expanded", open);
    if (open) this.ask([], []);
    else if (this.box.contains(focused(this.box))) focused(this.box).blur();
  }

  pin(classId, imageId, done) {
    this.waiting.push({ class_id: classId, image_id: imageId, role: "example", done });
    this.flush();
  }

  // An example must be labelled so: its pin goes out once its label is stored.
  flush() {
    const stored = this.waiting.filter((pin) => !this.desk.outbox.hasImage(pin.image_id));
    if (!stored.length) return;
    this.waiting = this.waiting.filter((pin) => !stored.includes(pin));
    const pins = stored.map(({ class_id, image_id, role }) => ({ class_id, image_id, role }));
    this.ask(pins, [], stored.at(-1).done);
  }

  async ask(pins, notes, done = "") {
    try {
      const answer = await post("/api/guide", this.desk.data.token, { pins, notes });
      this.desk.screen.note(answer.refused[0]?.reason ?? done);
      if (this.open) this.draw(answer.classes);
    } catch (error) {
      this.desk.screen.note(error.status && error.status < 500 ? error.message : NO_ANSWER);
    }
  }

  draw(classes) {
    // Somebody is writing a note there: the answer to that note brings the rest.
    if (focused(this.box)?.closest?.("[data-note]")) return;
    const actions = {
      note: (defect, note) => this.ask([], [{ class_id: defect.id, note }], `The note about ${defect.name} is saved.`),
      pin: (defect, image, role) => this.ask([{ class_id: defect.id, image_id: image.id, role }], []),
    };
    const allowed = this.desk.data.why_fixed ? null : actions;
    this.list.replaceChildren(...classes.map((defect) => guideEntry(defect, allowed)));
  }

  key(event) {
    if (event.key === "Escape") event.composedPath()[0].blur();
  }
}
