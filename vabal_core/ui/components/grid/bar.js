// What stands above the images: class buttons, tools, pages, and what is said. It knows no image and no server.
class Bar {
  constructor(find) {
    this.find = find;
    // The images and the larger one beside them keep clear of the bar, however many lines it takes.
    new ResizeObserver(() => find(".grid").style.setProperty("--bar", `${find(".bar").offsetHeight}px`)).observe(find(".bar"));
  }

  classes(classes) {
    const wanted = JSON.stringify(classes);
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    this.find(".classes").replaceChildren(...classes.map((one) => this.classButton(one)));
  }

  classButton(one) {
    const button = element("button", "class");
    button.type = "button";
    button.dataset.class = one.id;
    if (one.key) button.setAttribute("aria-keyshortcuts", one.key);
    button.append(element("kbd", "", one.key), element("span", "name", one.name));
    return button;
  }

  flash(classId) {
    const button = this.find(`[data-class="${classId}"]`);
    button?.getAnimations().forEach((animation) => animation.cancel());
    button?.animate([{ backgroundColor: "var(--st-primary-color)" }, {}], { duration: 350, easing: "ease-out" });
  }

  pages({ first, items, total, next, back, queue }) {
    const last = first + items.length;
    const here = queue ? `${number.format(items.length)} of ${number.format(total)} waiting` : `${number.format(first + 1)} to ${number.format(last)} of ${number.format(total)}`;
    this.find(".range").textContent = items.length ? here : "";
    this.find("[data-do=next]").disabled = !next;
    this.find("[data-do=back]").hidden = queue;
    this.find("[data-do=back]").disabled = !back;
  }

  counts(selected, undoable) {
    this.find(".chosen").textContent = selected ? `${number.format(selected)} selected` : "";
    const undo = this.find("[data-do=undo]");
    undo.disabled = !undoable;
    undo.title = `Take back the last decision${undoable ? `, ${undoable}` : ""} (U or Backspace)`;
    this.find("[data-do=none]").disabled = !selected;
    this.find(".classes").classList.toggle("idle", !selected);
  }

  these(button, decided, selected) {
    const open = button.dataset.ids.split(" ").map(Number).filter((id) => !decided(id));
    const every = open.length > 0 && open.every((id) => selected.has(id));
    const which = open.length === 2 ? "both" : open.length === 1 ? "this one" : `all ${open.length} of these`;
    button.textContent = every ? "Select none of these" : open.length ? `Select ${which}` : "All decided";
    button.disabled = !open.length;
    button.setAttribute("aria-pressed", every);
  }

  saved({ text, late, title }, away) {
    const mark = this.find(".saved");
    if (mark.textContent !== text) mark.textContent = text;
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
    const leaving = form.contains(form.getRootNode().activeElement);
    form.hidden = !count;
    form.querySelector("input").value = "";
    this.find(".flagged").textContent = count === 1 ? "this image" : `these ${count} images`;
    if (count) form.querySelector("input").focus();
    else if (leaving) form.getRootNode().activeElement.blur();
  }

  empty(text) {
    this.find(".empty").textContent = text;
    this.find(".empty").hidden = !text;
  }

  note(text) {
    if (this.find(".note").textContent !== text) this.find(".note").textContent = text;
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
