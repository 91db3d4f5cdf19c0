// Talking with the server: one request in flight, which carries the outbox and brings the next images back.
import { CLOCK } from "./outbox.js";
import { post } from "./request.js";

const MIN_INTERVAL_MS = 250; // from one request to the next: decisions made faster travel together
const POLL_MS = 3000; // between two looks at the server while nobody presses a key
const LATE_MS = 2000; // after which a decision counts as waiting
const MAX_PAUSE_MS = 8000; // between two attempts while the server is away
const ADDRESS = "/api/labels";
const KEPT = "Your labels are kept in this browser and sent when the server can take them.";
const AWAY = `No answer from the server. ${KEPT}`;
const HERE = "Your labels are kept in this browser.";
const STALE = `Reload this page to go on. ${HERE}`;
const SLOW = "The server is slow. Decisions are kept in this browser until it has them.";
const LATER = [408, 425, 429]; // the answers below 500 that mean: ask again later

export class Sync {
  // `desk` says what to ask (`body`), takes the answer (`receive`) and draws how it went (`drawSaved`, `waiting`).
  constructor(desk, outbox, { send = post, clock = CLOCK } = {}) {
    Object.assign(this, { desk, outbox, post: send, clock, sentAt: -MIN_INTERVAL_MS, attempts: 0 });
    Object.assign(this, { away: "", sending: false, again: false, closed: false });
  }

  // Sends when something happens that brings the server back, and once more when the page is left.
  listen(signal) {
    window.addEventListener("online", () => this.send(), { signal });
    window.addEventListener("pagehide", () => this.lastWord(), { signal });
    window.addEventListener("beforeunload", (event) => this.atRisk && event.preventDefault(), { signal });
    const ticker = setInterval(() => this.tick(), 500);
    signal.addEventListener("abort", () => clearInterval(ticker));
  }

  tick() {
    this.desk.drawSaved();
    if (!document.hidden && !this.away && this.clock.elapsed() - this.sentAt > POLL_MS) this.send();
  }

  // What is asked next, after the answer that is being read, waits for nothing.
  hurry() {
    Object.assign(this, { again: true, sentAt: -MIN_INTERVAL_MS });
  }

  close() {
    this.lastWord();
    this.closed = true;
    clearTimeout(this.retry);
  }

  // Whether an answer is still to come, with new images perhaps.
  get asking() {
    return this.sending || this.again || this.outbox.events.length > 0;
  }

  // What to say of the outbox: "Saved" once the server has everything, "N waiting" as soon as it does not answer, or
  // when the oldest decision is older than two seconds. Only that is read out: every label is saving and saved within
  // a blink.
  get status() {
    const waiting = this.outbox.events.length;
    const late = Boolean(this.away) || (waiting > 0 && this.clock.elapsed() - this.outbox.waitingSince > LATE_MS);
    const text = late ? `${waiting} waiting` : waiting ? "Saving …" : "Saved";
    return { text, late, title: this.away || (late ? SLOW : waiting ? "" : "Every decision is stored.") };
  }

  // Leaving the page now is worth a question: something is not kept by this browser, or not on its way to the server.
  get atRisk() {
    return this.outbox.unkept.size > 0 || (this.status.late && this.outbox.events.length > 0);
  }

  async send() {
    this.again = true;
    if (this.sending || this.closed) return;
    clearTimeout(this.retry);
    const early = this.sentAt + MIN_INTERVAL_MS - this.clock.elapsed();
    if (early > 0) {
      this.retry = setTimeout(() => this.send(), early);
      return;
    }
    Object.assign(this, { sending: true, again: false, sentAt: this.clock.elapsed() });
    try {
      await this.exchange();
    } catch (error) {
      this.fail(error);
    }
    this.sending = false;
    this.desk.drawSaved();
    if (!this.away && (this.again || this.outbox.events.length)) this.send();
  }

  async exchange() {
    const events = this.outbox.batch();
    const { epoch, token } = this.desk.data;
    const answer = await this.post(ADDRESS, events[0]?.token ?? token, this.desk.body(events), token);
    Object.assign(this, { sending: false, away: "", attempts: 0 });
    this.desk.receive(answer, epoch);
  }

  // The tab is closing: say everything once more, without waiting (a label said twice is stored once), and that nobody
  // is here, so that its images are free for others.
  lastWord() {
    const events = this.outbox.batch();
    const { token } = this.desk.data;
    const body = { ...this.desk.body(events), want: 0, idle: true };
    this.post(ADDRESS, events[0]?.token ?? token, body, token).catch(() => null);
  }

  fail(error) {
    const refused = error.status >= 400 && error.status < 500 && !LATER.includes(error.status);
    if (!error.status && !["TypeError", "TimeoutError"].includes(error.name)) console.error(error);
    // 503: the server is there but cannot store (a full disk, say); it tells why.
    const missing = error.status === 503 ? `${error.message} ${KEPT}` : AWAY;
    const stale = `The server refused the request (${error.status}). ${STALE}`;
    const over = error.message ? `${error.message} ${HERE}` : STALE; // the page's session, or what it belongs to
    this.away = refused ? (error.status === 401 ? over : stale) : missing;
    this.desk.waiting();
    if (!refused) this.retry = setTimeout(() => this.send(), this.pause());
  }

  // Milliseconds until the next attempt: twice as long each time.
  pause() {
    this.attempts += 1;
    return Math.min(MAX_PAUSE_MS, 250 * 2 ** this.attempts);
  }
}
