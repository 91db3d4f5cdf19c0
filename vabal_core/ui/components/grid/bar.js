// What stands above the images: class buttons, tools, pages, and what is said. It knows no image and no server.
import { make, put } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { shortened } from "../shared/shortened.js";
import { scrollerOf } from "./scroller.js";

const MAX_ROOMY = 12; // classes beyond which their names are shortened sooner

export class Bar {
  constructor(find) {
    this.find = find;
    // The images and the larger one beside them keep clear of the bar, however many lines it takes.
    const clear = () => find(".grid").style.setProperty("--bar", `${find(".bar").offsetHeight}px`);
    this.watcher = new ResizeObserver(clear);
    this.watcher.observe(find(".bar"));
  }

  close() {
    this.watcher.disconnect();
  }

  classes(classes) {
    const signature = JSON.stringify(classes);
    if (signature === this.signature) return;
    this.signature = signature;
    this.find(".classes").replaceChildren(...classes.map(classButton));
    this.find(".classes").classList.toggle("many", classes.length > MAX_ROOMY);
  }

  // There are fewer keys than classes may be: the buttons of the others are led to, from where Tab and Enter go on.
  focusKeyless() {
    this.find(".classes button:not([data-key])")?.focus();
  }

  flash(classId) {
    const button = this.find(`[data-class="${classId}"]`);
    button?.getAnimations().forEach((animation) => animation.cancel());
    button?.animate([{ backgroundColor: "var(--st-primary-color)" }, {}], { duration: 350, easing: "ease-out" });
  }

  pages({ first, items, total, next, back, queue }, decided) {
    const [from, to, all] = [first + 1, first + items.length, total].map((count) => number.format(count));
    const left = [items.length - decided, total - decided].map((count) => number.format(count));
    const range = queue ? `${left.join(" of ")} waiting` : `${from} to ${to} of ${all}`;
    this.find(".range").textContent = items.length ? range : "";
    this.find("[data-do=next]").disabled = !next;
    this.find("[data-do=back]").hidden = queue;
    this.find("[data-do=back]").disabled = !back;
  }

  counts(selected, undoable, sure) {
    this.find(".chosen").textContent = selected && !sure ? `${number.format(selected)} selected` : "";
    const undo = this.find("[data-do=undo]");
    undo.disabled = !undoable;
    undo.title = `Take back the last decision${undoable ? `, ${undoable}` : ""} (U or Backspace)`;
    this.find("[data-do=none]").disabled = !selected;
    this.find(".classes").classList.toggle("idle", !selected);
  }

  // How many images one key confirms, those that were `seen` of the `rest`, and how many it leaves.
  confirming(seen, rest, struck) {
    const which = seen < rest ? "the " : struck ? "the other " : "all ";
    const confirm = `Confirm ${which}${number.format(seen)}${seen < rest ? " that you have seen" : ""}`;
    const words = seen ? confirm : rest ? `Look at the next ${number.format(rest)}` : "Next page";
    put(this.find(".rest"), words);
    put(this.find(".struck"), struck ? `${number.format(struck)} struck out` : "X or a click strikes an image out");
  }

  // Labels a minute; null: too few to tell.
  pace(perMinute) {
    put(this.find(".pace"), perMinute === null ? "" : `${number.format(perMinute)} labels a minute`);
  }

  // The button that selects all of one group that are still open.
  groupButton(button, decided, selected, sure) {
    const open = button.dataset.ids.split(" ").map(Number).filter((id) => !decided(id));
    const every = open.length > 0 && open.every((id) => selected.has(id));
    const which = { 1: "this one", 2: "both" }[open.length] ?? `all ${open.length} of these`;
    const verb = sure ? "Strike out" : "Select";
    button.textContent = every ? `${verb} none of these` : open.length ? `${verb} ${which}` : "All decided";
    button.disabled = !open.length;
    button.setAttribute("aria-pressed", every);
  }

  saved({ text, late, title }, away) {
    const mark = this.find(".saved");
    put(mark, text);
    mark.title = title;
    mark.classList.toggle("late", late);
    mark.classList.toggle("saving", text === "Saving …");
    if (away) this.note(away);
    else if (this.away) this.note("");
    this.away = away;
  }

  // The comment of a flag, asked for before `count` images are flagged; 0 puts the question away.
  ask(count) {
    const form = this.find(".comment");
    const { activeElement } = form.getRootNode();
    const leaving = form.contains(activeElement);
    form.hidden = !count;
    form.querySelector("input").value = "";
    this.find(".flagged").textContent = count === 1 ? "this image" : `these ${count} images`;
    if (count) form.querySelector("input").focus();
    else if (leaving) activeElement.blur();
  }

  empty(text) {
    this.find(".empty").textContent = text;
    this.find(".empty").hidden = !text;
  }

  note(text) {
    put(this.find(".note"), text);
  }

  // How far down the window the bar reaches once the page has been scrolled, in pixels.
  covers() {
    const bar = this.find(".bar");
    return bar.offsetHeight + parseFloat(getComputedStyle(bar).top);
  }

  // Whether the page has been scrolled to its end, where Page Down has nothing to do but bring the next one.
  atEnd() {
    const scroller = scrollerOf(this.find(".grid"));
    return !scroller || scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 8;
  }
}

function classButton({ id, key, name }) {
  const button = make("button", "class", "", { type: "button" });
  button.dataset.class = id;
  if (key) button.dataset.key = key;
  else button.title = `${name}: press / to come here, Tab to go on to the next, Enter to label`;
  button.setAttribute("aria-keyshortcuts", key || "/");
  button.append(make("kbd", "", key || "/ …"), shortened(name));
  return button;
}
