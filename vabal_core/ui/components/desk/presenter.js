// What is on screen: the first image of the queue, since when it is seen, and what stands around it.
import { afterPaint } from "../shared/dom.js";
import { pace } from "../shared/pace.js";
import { tally } from "./counts.js";
import { describe, looksAgain } from "./explanation.js";
import { goalShare, learnedWords } from "./learning.js";

export class Presenter {
  constructor(desk) {
    this.desk = desk;
    this.shown = null; // id of the image on screen
    this.ready = false; // whether it has been painted
    this.since = 0; // when it was, in milliseconds since this page was opened
  }

  show() {
    const { desk } = this;
    const { item, screen } = desk;
    this.ready = false;
    this.shown = item?.id ?? null;
    screen.item(item);
    this.drawExplanation();
    desk.pictures.keep(desk.queue);
    if (item) this.pictureChanged(item.id);
    else screen.picture(null);
    desk.search.moved();
    desk.comment.moved();
    this.drawLater();
    if (!item && desk.round !== null) this.nothingToShow();
  }

  nothingToShow() {
    const { sync, screen, data } = this.desk;
    if (sync.away || sync.asking) screen.say(sync.away || "Loading images …");
    else screen.say(data.empty, data.ways);
  }

  pictureChanged(id) {
    if (id !== this.shown) return;
    const { pictures, screen, view, item } = this.desk;
    const entry = pictures.entries.get(id);
    screen.picture(entry);
    if (entry.state === "loading") return;
    if (this.ready) return view.refine(entry.image); // it was on screen before, made smaller
    if (entry.state === "ready") view.open(item, entry.image);
    afterPaint(() => {
      // A key counts only once the image has been painted.
      if (this.shown !== id || this.ready) return;
      Object.assign(this, { ready: true, since: performance.now() });
      screen.painted(id);
    });
  }

  // Nothing that is not the image itself stands between a key and the next image: the rest is drawn after the frame.
  drawLater() {
    if (this.drawing) return;
    this.drawing = true;
    afterPaint(() => {
      this.drawing = false;
      this.drawCounts();
      const { strip, history, classes, item } = this.desk;
      const classOf = (id) => classes.find((defect) => defect.id === id);
      strip.draw(history.decisions, classOf, item?.correcting?.event_id);
    });
  }

  toggleSuggestion() {
    this.desk.screen.note("");
    this.desk.explanation.toggle();
    this.drawExplanation();
  }

  drawExplanation() {
    const { explanation, item, classes, decisions } = this.desk;
    const before = item?.correcting ? describe(item.correcting, decisions.nameOf(item.correcting)) : "";
    explanation.draw(item, this.desk, classes, before);
    this.desk.screen.likely(explanation.probabilities(item));
    this.desk.screen.labelled(this.label);
  }

  // The class of a label that is looked at again; of an image that was brought back its decision tells.
  get label() {
    const { item } = this.desk;
    return item?.correcting ? undefined : item?.label;
  }

  drawCounts() {
    const { data, counts, uncounted, outbox, history, classes, rare, screen, search, decisions } = this.desk;
    const pool = data.queue === "evaluation" ? "evaluation" : "pool";
    const again = looksAgain(data.queue); // of the pool and for evaluation, so what is unsent counts nowhere
    const labels = tally(counts, pool, again ? [] : [...uncounted, ...outbox.events]);
    const { last } = history;
    screen.classes(classes, labels.classes, labels.done, rare);
    search.update(classes);
    screen.totals(labels.done, counts && !again ? data.images : null, last && decisions.nameOf(last));
    screen.likely(this.desk.explanation.probabilities(this.desk.item));
    screen.labelled(this.label);
    if (again) screen.goal(this.desk.goal, null);
    else if (counts && pool === "pool") {
      screen.goal(this.desk.goal, goalShare(labels.since, counts, this.desk.share));
    } else screen.goal("", null);
    screen.learn(data.queue === "ranked" && this.desk.mayLearn && Boolean(this.desk.item));
    screen.pace(pace(history.decisions), counts);
    this.drawLearned();
  }

  drawLearned() {
    const { data, learned, learnedAt, screen } = this.desk;
    const seconds = (performance.now() - learnedAt) / 1000;
    screen.learned(data.queue === "ranked" ? learnedWords(learned, seconds) : "");
  }
}
