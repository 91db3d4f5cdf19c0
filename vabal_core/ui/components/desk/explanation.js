// Why this image, and what the model takes it for. Hidden together: the reasons name the suggestion.
import { make, put } from "../shared/dom.js";
import { share } from "../shared/format.js";
import { remember } from "../shared/storage.js";
import { beforeFirst } from "./learning.js";

const NO_RANK = "This image has no rank in the last round, so it comes in random order.";
const EVALUATION = "Used only to measure how good the model is. It never learns from this image.";
const OWN_EYES =
  "Look before you read the suggestion: a label that leans on it makes the model look better than it is.";
const TAKEN_BACK = ["Decision taken back", "This image has no decision now. Choose a class, or skip it."];
const HIDDEN = "The suggestion and its reasons are hidden.";
const OFF = "The suggestion is off";
const STORAGE_KEY = "studio:suggestion";

// What was decided on an image that was brought back.
export function describe(decision, name) {
  if (decision.kind === "label") return `You labelled this image ${name}.`;
  if (decision.kind === "skip") return "You skipped this image.";
  if (decision.kind === "unsure") return "You were unsure about this image.";
  return decision.comment ? `You flagged this image: “${decision.comment}”.` : "You flagged this image.";
}

// Whether the images of a queue have labels, which whoever is at the desk sees and decides on anew.
export function looksAgain(queue) {
  return queue === "label_issues" || queue === "differing";
}

export class Explanation {
  constructor(root, queue) {
    const evaluation = queue === "evaluation";
    this.find = (selector) => root.querySelector(selector);
    this.evaluation = evaluation;
    this.again = looksAgain(queue); // labels are looked at again: nothing can be said of them without the suggestion
    this.distrust = ""; // why the model is not to be trusted now, in a sentence
    this.anyway = false; // a suggestion that is not to be trusted was asked for on this very page
    // What the model is measured by is labelled without its help, unless asked for on this very page.
    const kept = this.again ? "shown" : localStorage.getItem(STORAGE_KEY);
    this.wish = evaluation || kept === "hidden" ? "hidden" : "shown";
    this.find(".explanation").classList.toggle("plain", evaluation);
    this.drawToggle();
  }

  get off() {
    return Boolean(this.distrust) && !this.anyway;
  }

  get hidden() {
    return this.off || this.wish === "hidden";
  }

  toggle() {
    const show = this.hidden;
    if (this.distrust) this.anyway = show;
    if (show || !this.distrust) this.wish = show ? "shown" : "hidden";
    if (!this.evaluation && !this.again && !this.distrust) remember(STORAGE_KEY, this.wish);
    this.drawToggle();
  }

  // A ranking that may be trusted again brings the suggestions back.
  trust(distrust) {
    if (this.again || distrust === this.distrust) return false;
    Object.assign(this, { distrust, anyway: this.anyway && Boolean(distrust) });
    this.drawToggle();
    return true;
  }

  drawToggle() {
    this.find("[data-do=suggestion]").setAttribute("aria-pressed", !this.hidden);
  }

  // What the ranking looked at stays folded until somebody asks.
  unfold(open = this.find(".behind").hidden) {
    this.find(".behind").hidden = !open;
    this.find("[data-do=reasons]").setAttribute("aria-expanded", open);
  }

  get unfolded() {
    return !this.find(".behind").hidden;
  }

  // The class that Enter would give: only one that is on screen.
  suggested(item, classes) {
    if (this.hidden || !item?.predicted_class_id) return null;
    return classes.find((defect) => defect.id === item.predicted_class_id) ?? null;
  }

  // class id -> probability, of those that the model takes the image for; none where they are hidden.
  probabilities(item) {
    return new Map(this.hidden || item?.correcting ? [] : (item?.likely ?? []));
  }

  // `rounds` tells the `round` that the queue follows, 0 where there is none, and what it has `learned` from; `before`,
  // in words, what was decided on an image that was brought back.
  draw(item, rounds, classes, before) {
    const secret = this.hidden && item?.predicted && !this.evaluation;
    const anew = ["Brought back", `${before} Decide anew, or leave it so with Escape.`];
    const [mark, why] = before ? anew : this.words(item, rounds, classes);
    put(this.find(".mark"), item ? mark : this.evaluation ? "Evaluation images" : "");
    const text = !item ? "" : secret && !before ? this.hiddenWords : why;
    put(this.find(".why"), text);
    this.find(".why").title = text; // a long one scrolls
    this.find(".why").classList.toggle("doubted", Boolean(secret && !before && this.off));
    this.drawSuggestion(this.suggested(item, classes), item);
    this.drawLabel(item, classes);
    this.drawReasons(secret || before || this.evaluation ? null : item);
  }

  get hiddenWords() {
    return this.off ? `${OFF} (H shows it). ${this.distrust}` : HIDDEN;
  }

  words(item, { round, learned }, classes) {
    if (item?.again) return TAKEN_BACK;
    if (item?.label) return [`Labelled ${nameOf(item.label, classes)}`, item.why];
    if (this.evaluation) {
      return ["Evaluation image", this.hidden || !item?.predicted ? EVALUATION : OWN_EYES];
    }
    // A ranking that comes by itself, perhaps every few seconds, leaves the words beside a ranked image as they are.
    if (round && item && item.round < round && !(item.rank && learned?.by_itself)) {
      const after = `The images after this one come from the ranking of round ${round}.`;
      return [`Picked before round ${round}`, after];
    }
    if (item?.rank) return [`In the ranking of round ${item.round}`, item.why];
    return round ? ["Picked at random", NO_RANK] : beforeFirst(item);
  }

  drawSuggestion(suggested, item) {
    const chip = this.find("[data-do=accept]");
    chip.hidden = !suggested;
    if (!suggested) return;
    const verb = item.label ? "Change to" : "Suggestion:";
    const sure = item.settles ? "" : ` ${share(item.probability ?? 0)}`; // people do not say how sure they are
    put(chip.querySelector("span"), `${verb} ${suggested.name}${sure}`);
    chip.title = `Accept the suggestion ${suggested.name} as the label (Enter)`;
  }

  // The button that says that the label of an image that is looked at again is right.
  drawLabel(item, classes) {
    const button = this.find("[data-do=confirm]");
    button.hidden = !item?.label || Boolean(item.correcting);
    if (item?.label) put(button.querySelector("span"), `Keep ${nameOf(item.label, classes)}`);
  }

  drawReasons(item) {
    const terms = item?.terms ?? [];
    this.find("[data-do=reasons]").hidden = !terms.length && !item?.details;
    if (this.find("[data-do=reasons]").hidden) this.unfold(false);
    this.find(".terms").replaceChildren(...terms.map(termBar));
    put(this.find(".details"), item?.details ?? "");
  }
}

function nameOf(classId, classes) {
  return classes.find((defect) => defect.id === classId)?.name ?? "its label";
}

// One term of the score, as a bar with its words.
function termBar(term) {
  const part = make("span");
  part.style.width = `${100 * Math.min(1, Math.max(0, term.share))}%`;
  const rail = make("span", "rail");
  rail.append(part);
  const bar = make("div", "term");
  bar.append(make("b", "", `${term.name} ${share(term.share)}`), rail, make("span", "words", term.words));
  return bar;
}
