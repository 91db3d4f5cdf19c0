// What is drawn: the screen knows no queue and no server, it shows what it is told. All texts go in by textContent.
const words = new Intl.NumberFormat("en");
const MANY = 9; // classes beyond which the list is drawn closer, in two columns
const LIT = 200; // milliseconds for which the button of a pressed key is lit

// What already says so is left alone: writing the same words again would have the browser paint them again.
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Screen {
  constructor(root, queueName) {
    this.find = (selector) => root.querySelector(selector);
    this.find(".desk").dataset.queue = queueName;
    this.setSharp(localStorage.getItem("studio:sharp") === "yes", false);
  }

  item(item) {
    put(this.find(".path"), item ? fileName(item) : "");
    this.find(".path").title = item ? fileName(item) : "";
    this.find(".desk").dataset.image = "";
  }

  picture(entry) {
    this.find(".picture").replaceChildren(...(entry?.state === "ready" ? [entry.image] : []));
    if (entry?.state === "loading") this.say("Loading the image …");
    else if (entry?.state === "broken") this.say(`This image cannot be shown.\n${entry.reason}\nSkip it with Space.`);
    else if (entry) this.say("");
  }

  // `counts` is class id -> labels, of `done` in all; `rare` holds the ids of the classes that count as rare.
  classes(classes, counts, done, rare) {
    const box = this.find(".classes");
    const most = Math.max(1, ...counts.values());
    const wanted = classes.map((one) => `${one.id} ${one.key} ${one.name}`);
    const known = [...box.children].map((button) => button.dataset.signature);
    if (known.join("\n") !== wanted.join("\n")) box.replaceChildren(...classes.map((one, place) => this.classButton(one, wanted[place])));
    box.classList.toggle("many", classes.length > MANY);
    this.find(".desk").classList.toggle("wide", classes.length > MANY);
    for (const button of box.children) {
      const id = Number(button.dataset.class);
      const count = counts.get(id) ?? 0;
      const text = (selector, value) => put(button.querySelector(selector), value);
      text(".count", words.format(count));
      text(".percent", done ? share(count / done) : "");
      text(".rare", rare.has(id) ? "rare" : "");
      button.querySelector(".rare").title = "rare among the evaluation images";
      button.querySelector(".share").style.width = `${(100 * count) / most}%`;
      button.classList.toggle("none", count === 0);
    }
  }

  classButton(one, signature) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = one.name;
    Object.assign(button.dataset, { class: one.id, signature });
    button.setAttribute("aria-keyshortcuts", one.key);
    for (const [tag, name, text] of [["kbd", "key", one.key], ["span", "name", one.name], ["span", "rare", ""], ["span", "tally", ""], ["span", "share", ""]]) {
      const part = document.createElement(tag);
      part.className = name;
      part.textContent = text;
      button.append(part);
    }
    for (const name of ["count", "percent"]) button.querySelector(".tally").append(Object.assign(document.createElement("span"), { className: name }));
    return button;
  }

  totals(done, total, undoable) {
    put(this.find(".total"), total === null ? "" : `${words.format(done)} of ${words.format(total)} labelled`);
    put(this.find(".undo"), undoable ? `Undo ${undoable}` : "Undo");
    this.find("[data-do=undo]").disabled = !undoable;
  }

  // How far the labels of this round have come; null where the queue is not learned from.
  goal(since, batch, { round, running }) {
    const labels = `${words.format(since)} labels ${round ? "since the last round" : "so far"}`;
    const next = running ? `round ${running} is under way` : since >= batch ? `time for the ${round ? "next" : "first"} round` : `${words.format(batch)} planned`;
    put(this.find(".goal"), since === null ? "" : `${labels}: ${next}`);
  }

  // The pace (null: too few labels to tell) and what waits on the Review page.
  pace(perMinute, counts) {
    const waiting = [[counts?.unsure, "unsure"], [counts?.flagged, "flagged"]].filter(([count]) => count);
    const parts = waiting.map(([count, name]) => `${words.format(count)} ${name}`);
    if (perMinute !== null) parts.unshift(`${words.format(perMinute)} labels a minute`);
    put(this.find(".pace"), parts.join(" · "));
  }

  saved({ text, late, title }, away) {
    const mark = this.find(".saved");
    put(mark, text);
    mark.title = title;
    mark.classList.toggle("late", late);
    mark.classList.toggle("saving", text === "Saving …");
    mark.setAttribute("aria-live", late ? "polite" : "off");
    if (away) this.note(away);
    else if (this.away) this.note("");
    this.away = away;
  }

  // A class that comes and goes: an animation would have the browser paint sixty times a second.
  flash(classId) {
    clearTimeout(this.lit?.timer);
    this.lit?.button.classList.remove("lit");
    const button = this.find(`[data-class="${classId}"]`);
    button?.classList.add("lit");
    this.lit = button && { button, timer: setTimeout(() => button.classList.remove("lit"), LIT) };
  }

  setSharp(on, keep = true) {
    this.sharp = on;
    if (keep) remember("studio:sharp", on ? "yes" : "no");
    this.find(".frame").classList.toggle("sharp", on);
    this.find("[data-do=sharp]").setAttribute("aria-pressed", on);
  }

  say(text) {
    put(this.find(".message"), text);
    this.find(".message").hidden = !text;
  }

  note(text) {
    put(this.find(".note"), text);
  }
}
