// Talking with the server: one request in flight, which carries the outbox and brings the next images back.
const BREATH = 250; // milliseconds from one request to the next: decisions made faster travel together
const POLL = 3000; // milliseconds between two looks at the server while nobody presses a key
const KEPT = "Your labels are kept in this browser and sent when the server can take them.";
const AWAY = `No answer from the server. ${KEPT}`;
const STALE = "Reload this page to go on. Your labels are kept in this browser.";
const LATE = 2000; // milliseconds after which a decision counts as waiting
const SLOW = "The server is slow. Decisions are kept in this browser until it has them.";
const AGAIN = [408, 425, 429]; // the answers below 500 that mean: later

class Exchange {
  // The desk says what to ask (`body`), takes the answer (`receive`) and draws how it went (`drawSaved`, `waiting`).
  constructor(desk, outbox) {
    Object.assign(this, { desk, outbox, away: "", asked: -BREATH, sending: false, again: false, closed: false });
  }

  tick() {
    this.desk.drawSaved();
    if (!document.hidden && !this.away && performance.now() - this.asked > POLL) this.send();
  }

  // What is asked next, after the answer that is being read, waits for nothing.
  hurry() {
    Object.assign(this, { again: true, asked: -BREATH });
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

  // What to say of the outbox: "Saved" once the server has everything, "N waiting" as soon as it does not answer, or when
  // the oldest decision is older than two seconds. Only that is read out: every label is saving and saved within a blink.
  get standing() {
    const waiting = this.outbox.events.length;
    const late = Boolean(this.away) || (waiting > 0 && performance.now() - this.outbox.waitingSince > LATE);
    const text = late ? `${waiting} waiting` : waiting ? "Saving …" : "Saved";
    return { text, late, title: this.away || (late ? SLOW : waiting ? "" : "Every decision is stored.") };
  }

  // Leaving the page now is worth a question: something is not kept by this browser, or not on its way to the server.
  get atRisk() {
    return this.outbox.unkept.size > 0 || (this.standing.late && this.outbox.events.length > 0);
  }

  async send() {
    this.again = true;
    if (this.sending || this.closed) return;
    clearTimeout(this.retry);
    const early = this.asked + BREATH - performance.now();
    if (early > 0) {
      this.retry = setTimeout(() => this.send(), early);
      return;
    }
    this.sending = true;
    this.again = false;
    this.asked = performance.now();
    const events = this.outbox.batch();
    const { epoch, token } = this.desk.data;
    try {
      const answer = await post("/api/labels", events[0]?.token ?? token, this.desk.body(events));
      Object.assign(this, { sending: false, away: "" });
      this.outbox.attempts = 0;
      this.desk.receive(answer, epoch);
    } catch (error) {
      this.fail(error);
    }
    this.sending = false;
    this.desk.drawSaved();
    if (!this.away && (this.again || this.outbox.events.length)) this.send();
  }

  // The tab is closing: say everything once more, without waiting (a label said twice is stored once).
  lastWord() {
    const events = this.outbox.batch();
    if (events.length) post("/api/labels", events[0].token, { ...this.desk.body(events), want: 0 }).catch(() => null);
  }

  fail(error) {
    const refused = error.status >= 400 && error.status < 500 && !AGAIN.includes(error.status);
    if (!error.status && !["TypeError", "TimeoutError"].includes(error.name)) console.error(error);
    // 503: the server is there but cannot store (a full disk, say); it tells why.
    const told = error.status === 503 ? `${error.message} ${KEPT}` : AWAY;
    const reason = error.status === 401 ? "" : `The server refused the request (${error.status}). `;
    this.away = refused ? reason + STALE : told;
    this.desk.waiting();
    if (!refused) this.retry = setTimeout(() => this.send(), this.outbox.pause());
  }
}
