// The two fields of the desk: type-to-search and the comment of a flag. What is typed belongs to the image that was on
// screen when the first letter was typed: if another one is there at Enter, nothing happens to either.
const MIN_CLASSES = 30; // from which on the search field is always there
const TOO_LATE = "Another image came while you typed, so nothing was decided. Look again.";

// Without accents and capitals.
export function plainText(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

export class Search {
  constructor(root, desk) {
    this.desk = desk;
    this.box = root.querySelector(".search");
    this.field = this.box.querySelector("input");
    this.result = this.box.querySelector(".result");
    this.list = root.querySelector(".classes");
    Object.assign(this, { classes: [], matches: [], active: 0, image: null });
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("blur", () => this.draw());
  }

  open() {
    this.box.hidden = false;
    this.field.focus();
  }

  leave() {
    this.field.value = "";
    this.field.blur();
    this.typed();
  }

  // The image has changed. Letters still being typed must not fall through to the keys of the desk: they stay here.
  moved() {
    if (this.field.value && !this.field.matches(":focus")) this.leave();
  }

  typed() {
    const { ready, shown } = this.desk.presenter;
    const text = plainText(this.field.value);
    if (!text) this.image = null;
    else this.image ??= { id: ready ? shown : null };
    this.matches = text ? this.classes.filter((defect) => plainText(defect.name).includes(text)) : [];
    this.active = Math.max(0, this.matches.findIndex((defect) => plainText(defect.name).startsWith(text)));
    this.draw();
  }

  update(classes) {
    this.classes = classes;
    const ids = new Set(classes.map((defect) => defect.id));
    this.matches = this.matches.filter((defect) => ids.has(defect.id));
    this.active = Math.max(0, Math.min(this.active, this.matches.length - 1));
    this.draw();
  }

  draw() {
    const text = this.field.value.trim();
    this.box.hidden = this.classes.length < MIN_CLASSES && !text && !this.field.matches(":focus");
    const matching = new Set(this.matches.map((defect) => defect.id));
    const chosen = this.matches[this.active];
    for (const button of this.list.children) {
      button.hidden = Boolean(text) && !matching.has(Number(button.dataset.class));
      button.classList.toggle("chosen", button.dataset.class === String(chosen?.id));
    }
    const place = `${this.active + 1} of ${this.matches.length}`;
    const result = chosen ? `Enter: ${chosen.name} (${place})` : `No class with “${text}”`;
    this.result.textContent = text ? result : "";
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.matches.length) {
      this.active = (this.active + step + this.matches.length) % this.matches.length;
      this.draw();
      this.list.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.repeat) this.choose();
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }

  choose() {
    const chosen = this.matches[this.active];
    if (!chosen) return;
    const { ready, shown } = this.desk.presenter;
    const same = ready && this.image.id === shown;
    this.leave();
    if (same) this.desk.decisions.label(chosen.id);
    else this.desk.screen.note(TOO_LATE);
  }
}

export class Comment {
  constructor(root, desk) {
    this.desk = desk;
    this.box = root.querySelector(".comment");
    this.field = this.box.querySelector("input");
  }

  open() {
    if (!this.desk.presenter.ready) return;
    if (this.box.hidden) {
      this.image = this.desk.presenter.shown;
      this.field.value = "";
      this.box.hidden = false;
    }
    this.field.focus();
  }

  leave() {
    this.field.blur();
    this.box.hidden = true;
  }

  moved() {
    if (!this.field.matches(":focus")) this.leave();
  }

  key(event) {
    if (event.key === "Enter" && !event.repeat) this.send();
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }

  send() {
    const { ready, shown } = this.desk.presenter;
    const same = ready && this.image === shown;
    this.leave();
    if (same) this.desk.decisions.decide("flag", null, this.field.value.trim());
    else this.desk.screen.note(TOO_LATE);
  }
}
