// What is said of one image, in words.
const STATE_WORDS = { waiting: "no label yet", unsure: "unsure", flagged: "flagged", skipped: "skipped" };

export class Captions {
  names = new Map(); // class id -> name
  compact = false; // on a page of the queue, where every image waits: what the model takes it for says more

  learn(classes, compact) {
    this.names = new Map(classes.map(({ id, name }) => [id, name]));
    this.compact = compact;
  }

  className(id) {
    return this.names.get(id);
  }

  // Whether the label's place says what the model takes the image for.
  guesses(item) {
    return this.compact && item.state === "waiting" && Boolean(item.predicted);
  }

  differs(item) {
    return item.state === "labelled" && Boolean(item.predicted) && item.predicted !== item.label;
  }

  label(item) {
    if (item.state === "labelled") return this.names.get(item.label) ?? "?";
    if (this.guesses(item)) return `${this.guessed(item)}?`;
    if (this.compact && item.state === "waiting") return "";
    const who = item.who && ["unsure", "flagged"].includes(item.state) ? ` by ${item.who}` : "";
    return STATE_WORDS[item.state] + who;
  }

  probability(item) {
    return `${Math.round(100 * item.probability)} %`;
  }

  // A round may have named a class that lies in the bin by now.
  guessed(item) {
    return this.names.get(item.predicted) ?? "a class in the bin";
  }

  // How sure the model is of a guess; "" where the label's place holds none.
  certainty(item) {
    return this.guesses(item) ? this.probability(item) : "";
  }

  withCertainty(item) {
    return [this.label(item), this.certainty(item)].filter(Boolean).join(" ");
  }

  guess(item) {
    return `model: ${this.guessed(item)}`;
  }

  model(item) {
    return item.predicted && !this.guesses(item) ? `${this.guess(item)} ${this.probability(item)}` : "";
  }

  // Images that are nearly the same and not shown beside it.
  behind({ behind }) {
    if (!behind) return "";
    return behind === 1 ? "1 nearly the same is not shown" : `${behind} nearly the same are not shown`;
  }

  comment(item) {
    return item.comment ? `“${item.comment}”` : "";
  }
}
