// One upload: what has been dropped so far, and how far it is on its way. It knows no element: it goes on while the
// person looks at another page, and is found again.
import { number } from "../shared/format.js";
import { topsOf } from "./files.js";
import { sendAll } from "./sending.js";

const counted = (count, noun) => (count === 1 ? `1 ${noun}` : `${number.format(count)} ${noun}s`);

export class Upload {
  constructor(put) {
    this.put = put;
    this.changed = () => {};
    this.clear();
  }

  clear() {
    this.stopped?.abort();
    this.stopped = new AbortController();
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    this.dropped = { batch: [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""), tops: [], files: 0 };
    this.refusals = [];
    this.show("");
  }

  // What had arrived when the person was here before.
  restore(dropped) {
    this.dropped = dropped;
    this.showArrived();
  }

  // Sends what `reading` resolves to: [path, file] pairs. What comes later is added to what is there: class folders are
  // dropped one after the other.
  async take(reading, address) {
    const { signal } = this.stopped;
    this.show("Looking at what was dropped …", { share: 0 });
    try {
      const pairs = await reading;
      if (!pairs.length) throw new Error("There was no file in it.");
      const report = (files, bytes) => this.showSending(pairs, files, bytes);
      const to = (path) => address(this.dropped.batch, path);
      const refusals = await sendAll(pairs, to, signal, report, this.put);
      if (!signal.aborted) this.add(pairs, refusals);
    } catch (problem) {
      if (!signal.aborted) this.show(problem.message || "This could not be read.", { wrong: true });
    }
  }

  add(pairs, refusals) {
    const { batch, tops, files } = this.dropped;
    this.refusals.push(...refusals);
    const paths = pairs.map(([path]) => path);
    this.dropped = { batch, tops: [...topsOf(paths, tops)], files: files + pairs.length - refusals.length };
    this.showArrived();
  }

  // All of it is on the server, and there is something.
  get arrived() {
    return this.share === undefined && this.dropped.files > 0;
  }

  showSending(pairs, files, bytes) {
    const total = pairs.reduce((sum, [, file]) => sum + file.size, 0);
    const count = pairs.length > 1 ? `${number.format(files)} of ${counted(pairs.length, "file")} sent` : "Sending";
    this.show(`${count} …`, { share: total ? bytes / total : 1 });
  }

  showArrived() {
    const { tops, files } = this.dropped;
    const name = tops.length === 1 ? `“${tops[0]}”: ` : "";
    const { length } = this.refusals;
    const refused = length ? ` ${number.format(length)} not taken: ${this.refusals[0]}` : "";
    this.show(`${name}${counted(files, "file")} sent.${refused} You can add more.`, { wrong: length > 0 });
  }

  // `share`: how much of it has been sent, while it is being sent.
  show(text, { share, wrong = false } = {}) {
    Object.assign(this, { text, share, wrong });
    this.changed();
  }
}
