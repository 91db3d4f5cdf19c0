// What is drawn: the screen knows no queue and no server, it shows what it is told. All texts go in by textContent.
import { make, put } from "../shared/dom.js";
import { number, share } from "../shared/format.js";
import { shortened } from "../shared/shortened.js";
import { remember } from "../shared/storage.js";
import { fileName } from "./pictures.js";

const MAX_ROOMY = 9; // classes beyond which the list is drawn closer, in two columns
const LIT_MS = 200; // for which the button of a pressed key is lit
const STORAGE_KEY = "studio:sharp";

export class Screen {
  constructor(root, queueName) {
    this.find = (selector) => root.querySelector(selector);
    this.find(".desk").dataset.queue = queueName;
    this.setSharp(localStorage.getItem(STORAGE_KEY) === "yes", false);
  }

  item(item) {
    put(this.find(".path"), item ? fileName(item) : "");
    this.find(".path").title = item ? fileName(item) : "";
    this.painted("");
  }

  // The image that a person sees from now on; "" while the next one is on its way.
  painted(id) {
    this.find(".desk").dataset.image = id;
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
    const signatures = classes.map((defect) => `${defect.id} ${defect.key} ${defect.name}`);
    const drawn = [...box.children].map((button) => button.dataset.signature);
    if (drawn.join("\n") !== signatures.join("\n")) {
      box.replaceChildren(...classes.map((defect, place) => classButton(defect, signatures[place])));
    }
    box.classList.toggle("many", classes.length > MAX_ROOMY);
    this.find(".desk").classList.toggle("wide", classes.length > MAX_ROOMY);
    for (const button of box.children) {
      const id = Number(button.dataset.class);
      const count = counts.get(id) ?? 0;
      put(button.querySelector(".count"), number.format(count));
      put(button.querySelector(".rare"), rare.has(id) ? "rare" : "");
      button.querySelector(".rare").title = "rare among the evaluation images";
      button.querySelector(".count").title = done ? `${number.format(count)} of ${number.format(done)} labels` : "";
      button.querySelector(".share").style.width = `${(100 * count) / most}%`;
      button.classList.toggle("none", count === 0);
    }
  }

  totals(done, total, undoable) {
    put(this.find(".total"), total === null ? "" : `${number.format(done)} of ${number.format(total)} labelled`);
    // What it takes back stands first among the last decisions; a class's name beside the key would be cut.
    const undo = this.find("[data-do=undo]");
    undo.title = `Take back the last decision${undoable ? `, ${undoable}` : ""} (U or Backspace)`;
    undo.disabled = !undoable;
  }

  // How far the labels for the next ranking have come, or the round under way: in words, and as a `part` of a bar
  // (null: no bar).
  goal(text, part) {
    put(this.find(".goal"), text);
    const way = this.find(".way");
    way.hidden = part === null;
    way.setAttribute("aria-valuenow", Math.round(100 * (part ?? 0)));
    way.firstElementChild.style.width = `${100 * (part ?? 0)}%`;
  }

  // Whether a round can be started from here.
  learn(offered) {
    this.find(".learn").hidden = !offered;
  }

  // `probabilities`: class id -> what the model gives it, of the likeliest; the others are left blank.
  likely(probabilities) {
    for (const button of this.find(".classes").children) {
      const probability = probabilities.get(Number(button.dataset.class));
      const mark = button.querySelector(".likely");
      put(mark, probability === undefined ? "" : share(probability));
      mark.style.setProperty("--sure", probability ?? 0);
    }
  }

  // The class that the image is labelled as while it is looked at again.
  labelled(classId) {
    for (const button of this.find(".classes").children) {
      button.setAttribute("aria-current", button.dataset.class === String(classId));
    }
  }

  // What the ranking in use was learned from, in words.
  learned(text) {
    put(this.find(".learned"), text);
  }

  // What the next images hold of the rare classes, in words.
  expected(text) {
    put(this.find(".expected"), text);
    this.find(".expected").title = text && `${text}: in brackets, what holds in 9 of 10 such cases`;
  }

  // The pace (null: too few labels to tell) and what waits on the Review page.
  pace(perMinute, counts) {
    const waiting = [[counts?.unsure, "unsure"], [counts?.flagged, "flagged"]].filter(([count]) => count);
    const parts = waiting.map(([count, name]) => `${number.format(count)} ${name}`);
    if (perMinute !== null) parts.unshift(`${number.format(perMinute)} labels a minute`);
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
    this.lit = button && { button, timer: setTimeout(() => button.classList.remove("lit"), LIT_MS) };
  }

  setSharp(on, keep = true) {
    this.sharp = on;
    if (keep) remember(STORAGE_KEY, on ? "yes" : "no");
    this.find(".frame").classList.toggle("sharp", on);
    this.find("[data-do=sharp]").setAttribute("aria-pressed", on);
  }

  // `ways`: where to go on from there, each a link's `text` and `href`.
  say(text, ways = []) {
    const links = ways.map((way) => make("a", "", way.text, { href: way.href }));
    this.find(".message").replaceChildren(make("p", "", text), ...links);
    this.find(".message").hidden = !text;
  }

  note(text) {
    put(this.find(".note"), text);
  }
}

function classButton(defect, signature) {
  // There are fewer keys than classes may be: without one of its own, a class is found by a part of its name.
  const title = defect.key ? defect.name : `${defect.name}: press / and type a part of its name, then Enter`;
  const button = make("button", "", "", { type: "button", title });
  Object.assign(button.dataset, { class: defect.id, signature });
  button.setAttribute("aria-keyshortcuts", defect.key || "/");
  const likely = make("span", "likely", "", { title: "How sure the model is that it is this" });
  const parts = [make("kbd", "key", defect.key || "/ …"), shortened(defect.name), make("span", "rare"), likely];
  button.append(...parts, make("span", "count"), make("span", "share"));
  return button;
}
