// Why this image, and what the model takes it for. Hidden together: the reasons name the suggestion.
import { make, put } from "../shared/dom.js";
import { number, share } from "../shared/format.js";
import { remember } from "../shared/storage.js";
import { beforeFirst } from "./learning.js";

const NO_RANK = "This image has no rank in the last round, so it comes in random order.";
const EVALUATION = "Used only to measure how good the model is. It never learns from this image.";
const OWN_EYES =
  "Look before you read the suggestion: a label that leans on it makes the model look better than it is.";
const HIDDEN = "The suggestion and its reasons are hidden.";
const STORAGE_KEY = "studio:suggestion";

// What was decided on an image that was brought back.
export function describe(decision, name) {
  if (decision.kind === "label") return `You labelled this image ${name}.`;
  if (decision.kind === "skip") return "You skipped this image.";
  if (decision.kind === "unsure") return "You were unsure about this image.";
  return decision.comment ? `You flagged this image: “${decision.comment}”.` : "You flagged this image.";
}

export class Explanation {
  constructor(root, evaluation) {
    this.find = (selector) => root.querySelector(selector);
    this.evaluation = evaluation;
    // What the model is measured by is labelled without its help, unless asked for on this very page.
    this.hidden = evaluation || localStorage.getItem(STORAGE_KEY) === "hidden";
    this.find(".explanation").classList.toggle("plain", evaluation);
    this.drawToggle();
  }

  toggle() {
    this.hidden = !this.hidden;
    if (!this.evaluation) remember(STORAGE_KEY, this.hidden ? "hidden" : "shown");
    this.drawToggle();
  }

  drawToggle() {
    this.find("[data-do=suggestion]").setAttribute("aria-pressed", !this.hidden);
  }

  // The class that Enter would give: only one that is on screen.
  suggested(item, classes) {
    if (this.hidden || !item?.predicted_class_id) return null;
    return classes.find((defect) => defect.id === item.predicted_class_id) ?? null;
  }

  // `rounds` tells the `round` that the queue follows and the one `running`, 0 where there is none, what the first has
  // `learned`, and the `counts`; `before`, in words, what was decided on an image that was brought back.
  draw(item, rounds, classes, before) {
    const secret = this.hidden && item?.predicted && !this.evaluation;
    const anew = ["Brought back", `${before} Decide anew, or leave it so with Escape.`];
    const [mark, why] = before ? anew : this.words(item, rounds);
    put(this.find(".mark"), item ? mark : this.evaluation ? "Evaluation images" : "");
    const text = !item ? "" : secret && !before ? HIDDEN : why;
    put(this.find(".why"), text);
    this.find(".why").title = text; // a long one scrolls
    this.drawSuggestion(this.suggested(item, classes), item);
    this.drawTerms(secret || before ? [] : (item?.terms ?? []));
  }

  words(item, { round, running, learned, counts }) {
    if (item?.again) return ["Decided before", "You came back to this image. Choose a class, or skip it."];
    if (this.evaluation) {
      return ["Evaluation image", this.hidden || !item?.predicted ? EVALUATION : OWN_EYES];
    }
    // A ranking that comes by itself, perhaps every few seconds, leaves the words beside a ranked image as they are.
    if (round && item && item.round < round && !(item.rank && learned?.by_itself)) {
      const after = `The images after this one come from the ranking of round ${round}.`;
      return [`Picked before round ${round}`, after];
    }
    if (item?.rank) return [`No. ${number.format(item.rank)} in the ranking of round ${item.round}`, item.why];
    return round ? ["Picked at random", NO_RANK] : beforeFirst(item, counts?.every, running);
  }

  drawSuggestion(suggested, item) {
    const chip = this.find("[data-do=accept]");
    chip.hidden = !suggested;
    if (suggested) put(chip.querySelector("span"), `Suggestion: ${suggested.name} ${share(item.probability ?? 0)}`);
  }

  drawTerms(terms) {
    this.find(".terms").replaceChildren(...terms.map(termBar));
  }
}

// One term of the score, as a bar with its words.
function termBar(term) {
  const part = make("span");
  part.style.width = `${100 * Math.min(1, Math.max(0, term.share))}%`;
  const rail = make("span", "rail");
  rail.append(part);
  const bar = make("span", "term", "", { title: term.words });
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `${term.name}, ${share(term.share)}: ${term.words}`);
  bar.append(make("span", "", `${term.name} ${share(term.share)}`), rail);
  return bar;
}
