// What the browser gives to a page, as a test holds it in its hands.

// A Storage that refuses to keep more than `room` entries.
export class FakeStorage {
  constructor(entries = {}, room = Infinity) {
    Object.assign(this, { entries: new Map(Object.entries(entries)), room });
  }

  get length() {
    return this.entries.size;
  }

  key(place) {
    return [...this.entries.keys()][place] ?? null;
  }

  getItem(key) {
    return this.entries.get(key) ?? null;
  }

  setItem(key, value) {
    if (!this.entries.has(key) && this.entries.size >= this.room) throw new Error("QuotaExceededError");
    this.entries.set(key, value);
  }

  removeItem(key) {
    this.entries.delete(key);
  }
}

// A clock that stands still until a test moves it.
export class FakeClock {
  milliseconds = 1000;

  date() {
    return 1.7e12 + this.milliseconds;
  }

  elapsed() {
    return this.milliseconds;
  }
}

// A key press outside every field, or inside the elements that `selectors` name.
export function press(key, more = {}, selectors = []) {
  const target = { closest: (selector) => (selectors.includes(selector) ? target : null) };
  const plain = { code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  return { key, ...plain, ...more, composedPath: () => [target] };
}
