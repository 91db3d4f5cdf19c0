// Talking with the server: one request in flight, which carries the outbox and brings the next images back.
const BREATH = 250; // milliseconds from one request to the next: decisions made faster travel together
const POLL = 3000; // milliseconds between two looks at the server while nobody presses a key
const KEPT = "Your labels are kept in this browser and sent when the server can take them.";
const AWAY = `No answer from the server. ${KEPT}`;
const STALE = "Reload this page to go on. Your labels are kept in this browser.";
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

  async send() {
    if (this.sending || this.closed) {
      this.again = true;
      return;
    }
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
      this.outbox.attempts = 0;
      this.away = "";
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
