// The decisions that can be taken back, a whole group at a time. Kept for this tab, over a reload.
const MOST_GROUPS = 30;

class Past {
  constructor(data) {
    this.key = `studio-grid:${data.studio}:${data.project}`;
    this.groups = this.read();
  }

  read() {
    try {
      const found = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found.filter((group) => Array.isArray(group.events) && Array.isArray(group.before)) : [];
    } catch {
      return [];
    }
  }

  // A full storage keeps the newest groups; those in memory can all be taken back until the page is left.
  keep() {
    for (let most = MOST_GROUPS; most > 0; most = Math.floor(most / 2)) {
      try {
        sessionStorage.setItem(this.key, JSON.stringify(this.groups.slice(-most)));
        return;
      } catch {
        sessionStorage.removeItem(this.key);
      }
    }
  }

  get last() {
    return this.groups.at(-1);
  }

  // `events` as they were sent, `before`: each image as it was shown before.
  add(group) {
    this.groups = [...this.groups.slice(1 - MOST_GROUPS), group];
    this.keep();
  }

  take() {
    const group = this.groups.pop();
    this.keep();
    return group;
  }

  // What the server refused was never stored, so there is nothing to take back: the image as it was, or null.
  forget(eventId) {
    const group = this.groups.find((one) => one.events.some((event) => event.event_id === eventId));
    if (!group) return null;
    const refused = group.events.find((event) => event.event_id === eventId);
    group.events = group.events.filter((event) => event !== refused);
    this.groups = this.groups.filter((one) => one.events.length);
    this.keep();
    return group.before.find((item) => item.id === refused.image_id) ?? null;
  }
}
