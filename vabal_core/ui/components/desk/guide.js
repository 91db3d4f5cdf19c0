// The class guide: what people wrote and pinned about each class, beside the image, so that the two can be compared.
const ROLES = [
  ["examples", "example", "Examples", "counter", "Make it a counter-example"],
  ["counter_examples", "counter", "Not this class", "example", "Make it an example"],
];
const UNTOLD = "The class guide needs an answer from the server. Try again.";

function made(tag, className, text, more = {}) {
  return Object.assign(document.createElement(tag), { className, textContent: text, ...more });
}

class Guide {
  constructor(root, desk) {
    this.desk = desk;
    this.frame = root.querySelector(".desk");
    this.box = root.querySelector(".guide");
    this.list = root.querySelector(".guide .entries");
    this.button = root.querySelector("[data-do=guide]");
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
    else if (this.box.contains(this.box.getRootNode().activeElement)) this.box.getRootNode().activeElement.blur();
  }

  pin(classId, imageId, done) {
    this.waiting.push({ class_id: classId, image_id: imageId, role: "example", done });
    this.flush();
  }

  // An example must be labelled so: its pin goes out once its label is stored.
  flush() {
    const ready = this.waiting.filter((pin) => !this.desk.outbox.hasImage(pin.image_id));
    if (!ready.length) return;
    this.waiting = this.waiting.filter((pin) => !ready.includes(pin));
    this.ask(ready.map(({ done, ...pin }) => pin), [], ready.at(-1).done);
  }

  async ask(pins, notes, done = "") {
    try {
      const answer = await post("/api/guide", this.desk.data.token, { pins, notes });
      this.desk.screen.note(answer.refused[0]?.reason ?? done);
      if (this.open) this.draw(answer.classes);
    } catch (error) {
      this.desk.screen.note(error.status && error.status < 500 ? error.message : UNTOLD);
    }
  }

  draw(classes) {
    const field = this.box.getRootNode().activeElement?.closest?.("[data-note]");
    if (field) return; // somebody is writing there; the answer to that note brings the rest
    this.list.replaceChildren(...classes.map((one) => this.entry(one)));
  }

  entry(one) {
    const entry = made("section", "entry", "");
    const head = made("h3", "", "");
    // The buttons of the classes are behind the guide: whoever has no key labels from here, while comparing.
    const label = made("button", "", "", { type: "button", title: `Label this image ${one.name}` });
    label.dataset.class = one.id;
    label.append(made("kbd", "", one.key), made("span", "name", one.name));
    head.append(label);
    const note = made("textarea", "", "", { value: one.note, rows: 2, maxLength: 1000, placeholder: "What tells this class from the others?" });
    note.dataset.note = one.id;
    note.setAttribute("aria-label", `Note about ${one.name}`);
    note.addEventListener("change", () => this.ask([], [{ class_id: one.id, note: note.value }], `The note about ${one.name} is saved.`));
    entry.append(head, note);
    for (const role of ROLES) if (one[role[0]].length) entry.append(this.group(one, role));
    if (!one.examples.length && !one.counter_examples.length) entry.append(made("p", "hint", "No example yet: label one, then press P."));
    return entry;
  }

  group(one, [field, role, title, other, words]) {
    const group = made("div", `pins ${role}`, "");
    group.append(made("h4", "", title));
    const row = made("div", "row", "");
    for (const image of one[field]) row.append(this.pinned(one, image, title, other, words));
    group.append(row);
    return group;
  }

  pinned(one, image, title, other, words) {
    const figure = made("figure", "", "");
    const look = made("button", "enlarge", "", { type: "button", title: "Larger, or small again" });
    look.append(Object.assign(new Image(), { src: image.thumbnail, alt: `${one.name}: ${title}, ${fileName(image)}`, loading: "lazy" }));
    look.addEventListener("click", () => {
      figure.classList.toggle("large");
      look.firstChild.src = figure.classList.contains("large") ? image.url : image.thumbnail;
    });
    const change = (role, text, name) => {
      const button = made("button", role, text, { type: "button", title: name });
      button.setAttribute("aria-label", `${name}: ${fileName(image)}`);
      button.addEventListener("click", () => this.ask([{ class_id: one.id, image_id: image.id, role }], []));
      return button;
    };
    figure.append(look, change(other, "⇄", words), change("none", "✕", "Unpin"));
    return figure;
  }

  key(event) {
    if (event.key === "Escape") event.composedPath()[0].blur();
  }
}
