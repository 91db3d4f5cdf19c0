// The labelling desk: its parts, what is said to the server, and what becomes of the answer.
import { Activity } from "../shared/activity.js";
import { guardDialogs } from "../shared/dialog_guard.js";
import { keptWords } from "../shared/kept.js";
import { Outbox, asSent, newId, outboxPrefix } from "../shared/outbox.js";
import { post } from "../shared/request.js";
import { skipLink } from "../shared/skip_link.js";
import { sayOnStrip } from "./strip.js";
import { Sync } from "../shared/sync.js";
import { Banner } from "./banner.js";
import { Decisions } from "./decisions.js";
import { Explanation } from "./explanation.js";
import { Comment, Search } from "./fields.js";
import { Guide } from "./guide.js";
import { History } from "./history.js";
import { HistoryStrip } from "./history_strip.js";
import { Input } from "./input.js";
import { keyHelp } from "./keys.js";
import { newsWords } from "./learning.js";
import { MAX_PICTURES, Pictures } from "./pictures.js";
import { Presenter } from "./presenter.js";
import { putInOrder } from "./queue_order.js";
import { Room } from "./room.js";
import { Screen } from "./screen.js";
import { Tone } from "./tone.js";
import { View } from "./view.js";

const TAKEN = "This image was decided or taken up elsewhere meanwhile. Skip it with Space, or decide anew.";
const LOOKED_AT = "Somebody else is at this label, or it does not look wrong any more. Go on with Space, or decide.";

export class Desk {
  // `tell("saved", id)` tells a page that counts what waits that decisions have been stored.
  constructor(root, data, tell) {
    Object.assign(this, { root, data, tell });
    this.queue = []; // the first is on screen, the rest is fetched ahead
    this.history = new History();
    this.classes = [];
    this.rare = new Set();
    this.counts = null;
    this.uncounted = []; // decisions of this desk that are stored, and that the counts may not have in them yet
    this.round = null; // the round whose ranking the queue follows, 0 before the first
    this.running = 0; // the round under way
    this.learned = null; // what the round in use learned from, and whether it started by itself
    this.learnedAt = 0; // when that was, in milliseconds since this page was opened
    this.goal = ""; // the labels so far and what comes of them, in the server's words
    this.share = null; // how far that round is, from 0 to 1; null where none is under way
    this.mayLearn = false; // whether it is time for a ranking
    this.trouble = ""; // what went wrong with the newest round
    this.takenOnScreen = null; // id of the image on screen, where it was said that others have it
    this.closed = new AbortController();
    this.furnish(root, data);
    this.listen(this.closed.signal);
    this.screen.say("Loading images …");
    this.screen.note(keptWords(this.outbox, data.studio));
    this.sync.send();
  }

  furnish(root, data) {
    this.outbox = new Outbox(outboxPrefix(data));
    this.sync = new Sync(this, this.outbox);
    this.activity = new Activity(() => this.sync.send());
    this.room = new Room(root);
    this.screen = new Screen(root, data.queue);
    this.explanation = new Explanation(root, data.queue);
    this.banner = new Banner(root);
    this.decisions = new Decisions(this);
    this.presenter = new Presenter(this);
    this.pictures = new Pictures((id) => this.presenter.pictureChanged(id));
    this.view = new View(root, (item) => this.pictures.complete(item));
    this.tone = new Tone(root);
    this.search = new Search(root, this);
    this.comment = new Comment(root, this);
    this.strip = new HistoryStrip(root, (eventId) => this.decisions.correct(eventId));
    this.guide = new Guide(root, this);
    this.help = root.querySelector(".help");
    keyHelp(this.help.querySelector("dl"));
    this.input = new Input(root, this);
  }

  listen(signal) {
    // Before the input, which keeps the keys that it understands from everybody behind it.
    this.activity.listen(signal);
    this.banner.listen(signal);
    this.input.listen(signal);
    this.sync.listen(signal);
    guardDialogs(signal);
    skipLink("Skip to the image", () => this.root.querySelector(".frame").focus(), signal);
  }

  close() {
    this.sync.close();
    this.closed.abort();
    this.view.close();
    this.room.close();
  }

  update(data, tell) {
    const reset = data.epoch !== this.data.epoch;
    Object.assign(this, { data, tell });
    if (reset) {
      this.queue = [];
      this.history.forget();
      this.sync.hurry();
      this.presenter.show();
    }
    this.sync.send();
  }

  get item() {
    return this.queue[0];
  }

  // --- what is said to the server, and what it answers
  body(events) {
    return {
      queue: this.data.queue,
      events: events.map(asSent),
      have: this.queue.map((item) => item.id),
      idle: this.activity.idle,
      names: Boolean(this.data.names),
      want: Math.max(0, MAX_PICTURES - this.queue.length),
      history: !this.history.loaded && (!events.length || events[0].token === this.data.token),
    };
  }

  receive(answer, epoch) {
    this.hearCounts(answer);
    this.outbox.remove([...answer.stored, ...answer.refused.map((refusal) => refusal.event_id)]);
    for (const refusal of answer.refused) this.screen.note(`One decision was not stored: ${refusal.reason}`);
    Object.assign(this, { classes: answer.classes, rare: new Set(answer.rare) });
    this.decisions.hearOfReplaced(answer.replaced);
    if (answer.news) this.screen.note(answer.news);
    this.history.load(answer.history);
    if (answer.trouble !== this.trouble) this.screen.note(answer.trouble);
    this.trouble = answer.trouble;
    this.mayLearn = answer.may_learn;
    Object.assign(this, { goal: answer.goal, share: answer.share });
    sayOnStrip(answer.sentence);
    this.screen.expected(answer.expected);
    if (this.explanation.trust(answer.distrust)) this.presenter.drawExplanation();
    this.receiveItems(answer, epoch);
    this.pictures.keep(this.queue);
    if (!this.item || this.presenter.shown !== this.item.id) this.presenter.show();
    else this.presenter.drawLater();
    this.guide.flush();
    if (this.data.tally && answer.stored.length && !this.outbox.events.length) this.tell("saved", newId());
  }

  // Where some images come with a label that is not shown, the counts stand still for a while (`at`): a number that did
  // not rise would tell which they were. What this desk has said since then is added to them.
  hearCounts({ counts, stored }) {
    if (counts.at === null || counts.at > (this.counts?.at ?? 0)) Object.assign(this, { counts, uncounted: [] });
    else this.uncounted.push(...this.outbox.events.filter((event) => stored.includes(event.event_id)));
  }

  receiveItems({ round, running, learned, items, taken }, epoch) {
    const fresh = this.round !== null && round !== this.round;
    const begun = running !== this.running;
    const learnedAt = performance.now() - 1000 * (learned?.seconds_ago ?? 0);
    Object.assign(this, { round, running, learned, learnedAt });
    if (begun) this.presenter.drawExplanation();
    if (epoch !== this.data.epoch) return this.sync.hurry();
    if (fresh) return this.follow();
    this.leave(new Set(taken));
    const here = new Set(this.queue.map((item) => item.id));
    const fresher = items.filter((item) => !here.has(item.id) && !this.outbox.hasImage(item.id));
    for (const item of fresher) putInOrder(this.queue, item);
  }

  // What was decided in another tab, or is another person's by now, is not waited for here. The image on screen stays:
  // a key may be on its way.
  leave(taken) {
    const [onScreen, ...rest] = this.queue;
    if (!onScreen) return;
    this.queue = [onScreen, ...rest.filter((item) => !taken.has(item.id) || this.outbox.hasImage(item.id))];
    const news = taken.has(onScreen.id) && !onScreen.correcting && onScreen.id !== this.takenOnScreen;
    if (news && !this.outbox.hasImage(onScreen.id)) this.screen.note(onScreen.label ? LOOKED_AT : TAKEN);
    this.takenOnScreen = taken.has(onScreen.id) ? onScreen.id : null;
  }

  // A new ranking: the image on screen stays, everything behind it is asked for again.
  follow() {
    this.queue = this.queue.slice(0, 1);
    this.presenter.drawExplanation();
    this.sync.hurry();
    if (this.data.queue === "ranked") this.banner.show(newsWords(this.learned));
  }

  drawSaved() {
    this.screen.saved(this.sync.status, this.sync.away);
    this.presenter.drawLearned();
  }

  // In a tab of its own, the same one each time: the desk stays as it is.
  openSimilar() {
    if (this.item) window.open(`${this.data.grid}&like=${this.item.id}`, "studio-similar");
  }

  // A round, from the button below the goal.
  async learn() {
    this.screen.learn(false);
    try {
      await post("/api/rounds", this.data.token, {});
    } catch (error) {
      this.screen.note(error.status ? error.message : "The server does not answer. Try again.");
    }
    this.sync.send();
  }

  // The server does not answer; what is on screen can still be decided.
  waiting() {
    if (!this.item) this.screen.say(this.sync.away);
  }
}
