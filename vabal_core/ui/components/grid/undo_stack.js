// The decisions that can be taken back, a whole group at a time. Kept for this tab, over a reload.
const MAX_GROUPS = 30;

export class UndoStack {
  constructor({ studio, project }, storage = sessionStorage) {
    Object.assign(this, { key: `studio-grid:${studio}:${project}`, storage });
    this.groups = this.read();
  }

  read() {
    try {
      const groups = JSON.parse(this.storage.getItem(this.key) ?? "[]");
      const whole = (group) => Array.isArray(group.events) && Array.isArray(group.before);
      return Array.isArray(groups) ? groups.filter(whole) : [];
    } catch {
      return [];
    }
  }

  // A full storage keeps the newest groups; those in memory can all be taken back until the page is left.
  keep() {
    for (let most = MAX_GROUPS; most > 0; most = Math.floor(most / 2)) {
      try {
        this.storage.setItem(this.key, JSON.stringify(this.groups.slice(-most)));
        return;
      } catch {
        this.storage.removeItem(this.key);
      }
    }
  }

  get last() {
    return this.groups.at(-1);
  }

  // `events` as they were sent, `before`: each image as it was shown before, `what`: the group in words.
  add(group) {
    this.groups = [...this.groups.slice(1 - MAX_GROUPS), group];
    this.keep();
  }

  take() {
    const group = this.groups.pop();
    this.keep();
    return group;
  }

  // What the server refused was never stored, so there is nothing to take back: the image as it was, or null.
  forget(eventId) {
    const group = this.groups.find(({ events }) => events.some((event) => event.event_id === eventId));
    if (!group) return null;
    const refused = group.events.find((event) => event.event_id === eventId);
    group.events = group.events.filter((event) => event !== refused);
    this.groups = this.groups.filter(({ events }) => events.length);
    this.keep();
    return group.before.find((item) => item.id === refused.image_id) ?? null;
  }
}
