// What is drawn: the screen knows no queue and no server, it shows what it is told. All texts go in by textContent.
const words = new Intl.NumberFormat("en");
const NO_ROUND = "There is no round yet, so images come in random order. Label a few of each class, then start a round.";
const NO_RANK = "This image has no rank in the last round, so it comes in random order.";
const EVALUATION = "Used only to measure how good the model is. It never learns from this image, so no suggestion is shown.";

class Screen {
  constructor(root, queueName) {
    this.find = (selector) => root.querySelector(selector);
    this.evaluation = queueName === "evaluation";
    this.find(".desk").dataset.queue = queueName;
    this.setSharp(localStorage.getItem("studio:sharp") === "yes", false);
  }

  item(item, round) {
    this.about(item, round);
    this.find(".path").textContent = item ? fileName(item) : "";
    this.find(".path").title = item ? fileName(item) : "";
    this.find(".desk").dataset.image = "";
  }

  about(item, round) {
    let mark = this.evaluation ? "Evaluation image, picked at random" : "Picked at random";
    let why = this.evaluation ? EVALUATION : round ? NO_RANK : NO_ROUND;
    if (item?.rank) {
      mark = `No. ${words.format(item.rank)} in the ranking of round ${item.round}`;
      why = item.why;
    }
    if (!this.evaluation && round && item && !item.again && item.round < round) {
      mark = `Picked before round ${round}`;
      why = `The images after this one come from the ranking of round ${round}.`;
    }
    if (item?.again) mark = "Decided before";
    if (item?.again) why = "You came back to this image with Undo. Choose a class, or skip it.";
    this.find(".mark").textContent = item ? mark : this.evaluation ? "Evaluation images" : "";
    this.find(".why").textContent = item ? why : "";
  }

  picture(entry) {
    this.find(".picture").replaceChildren(...(entry?.state === "ready" ? [entry.image] : []));
    if (entry?.state === "loading") this.say("Loading the image …");
    else if (entry?.state === "broken") this.say(`This image cannot be shown.\n${entry.reason}\nSkip it with Space.`);
    else if (entry) this.say("");
  }

  classes(classes, counts) {
    const box = this.find(".classes");
    const most = Math.max(1, ...counts.values());
    const wanted = classes.map((one) => `${one.id} ${one.key} ${one.name}`);
    const known = [...box.children].map((button) => button.dataset.signature);
    if (known.join("\n") !== wanted.join("\n")) box.replaceChildren(...classes.map((one, place) => this.classButton(one, wanted[place])));
    for (const button of box.children) {
      const count = counts.get(Number(button.dataset.class)) ?? 0;
      button.querySelector(".count").textContent = words.format(count);
      button.querySelector(".share").style.width = `${(100 * count) / most}%`;
      button.classList.toggle("none", count === 0);
    }
  }

  classButton(one, signature) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.class = one.id;
    button.dataset.signature = signature;
    button.setAttribute("aria-keyshortcuts", one.key);
    for (const [tag, name, text] of [["kbd", "key", one.key], ["span", "name", one.name], ["span", "count", ""], ["span", "share", ""]]) {
      const part = document.createElement(tag);
      part.className = name;
      part.textContent = text;
      button.append(part);
    }
    return button;
  }

  totals(done, total, undoable) {
    this.find(".total").textContent = total === null ? "" : `${words.format(done)} of ${words.format(total)} labelled`;
    this.find(".undo").textContent = undoable ? `Undo ${undoable}` : "Undo";
    this.find("[data-do=undo]").disabled = !undoable;
  }

  // How far the labels of this round have come; null where the queue is not learned from.
  goal(since, batch) {
    const reached = since >= batch ? `${words.format(since)} labels since the last round: time for the next` : `${words.format(since)} of ${words.format(batch)} labels to the next round`;
    this.find(".goal").textContent = since === null ? "" : reached;
  }

  // "N waiting" as soon as the server does not answer, or when the oldest decision is older than two seconds.
  saved(waiting, since, away) {
    const late = away || (waiting > 0 && performance.now() - since > 2000);
    const mark = this.find(".saved");
    const text = late ? `${waiting} waiting` : "Saved";
    if (mark.textContent !== text) mark.textContent = text;
    mark.title = away || (late ? "The server is slow. Labels are kept in this browser until it has them." : "Every label is stored.");
    mark.classList.toggle("late", Boolean(late));
    if (away) this.note(away);
    else if (this.away) this.note("");
    this.away = away;
  }

  flash(classId) {
    const button = this.find(`[data-class="${classId}"]`);
    button.getAnimations().forEach((animation) => animation.cancel());
    button.animate([{ backgroundColor: "var(--st-primary-color)" }, {}], { duration: 350, easing: "ease-out" });
  }

  setSharp(on, keep = true) {
    this.sharp = on;
    if (keep) remember("studio:sharp", on ? "yes" : "no");
    this.toggle("sharp", on);
  }

  setActual(on) {
    this.actual = on;
    this.toggle("actual", on);
  }

  toggle(name, on) {
    this.find(".frame").classList.toggle(name, on);
    this.find(`[data-do=${name}]`).setAttribute("aria-pressed", on);
  }

  say(text) {
    this.find(".message").textContent = text;
    this.find(".message").hidden = !text;
  }

  note(text) {
    if (this.find(".note").textContent !== text) this.find(".note").textContent = text;
  }
}
