// This person's decisions, the newest last. None are known until the server has told those made before.
const MAX_UNDOABLE = 300; // so that a day's labelling needs no more memory than its first hour

export class History {
  loaded = false;
  decisions = [];

  // Those made before, as the server tells them; what was decided here meanwhile is newer than its answer.
  load(decisions) {
    if (this.loaded || !decisions) return;
    this.replace(decisions.map((decision) => ({ ...decision, item: { ...decision.item, again: true } })));
  }

  forget() {
    Object.assign(this, { loaded: false, decisions: [] });
  }

  add(decision) {
    this.replace([...this.decisions.slice(1 - MAX_UNDOABLE), decision]);
  }

  removeLast() {
    this.replace(this.decisions.slice(0, -1));
  }

  replace(decisions) {
    Object.assign(this, { loaded: true, decisions });
  }

  get last() {
    return this.decisions.at(-1);
  }

  get lastLabel() {
    return this.decisions.findLast((decision) => decision.kind === "label");
  }

  find(eventId) {
    return this.decisions.find((decision) => decision.event_id === eventId);
  }

  lastOf(imageId) {
    return this.decisions.findLast((decision) => decision.image_id === imageId);
  }

  // The class an image counts for, as far as these decisions tell: `otherwise` where none of them is about it, null
  // where it is of none. A skip changes nothing.
  classOf(imageId, otherwise = null) {
    const last = this.decisions.findLast((decision) => decision.image_id === imageId && decision.kind !== "skip");
    if (!last) return otherwise;
    return last.kind === "label" ? last.class_id : null;
  }
}
