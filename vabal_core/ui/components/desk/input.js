// From keys, clicks and open fields to what the desk does.
class Hands {
  constructor(root, desk) {
    Object.assign(this, { root, desk, tabbed: false }); // whether the focus was moved by the Tab key
  }

  // The keyboard belongs to the desk again: what was clicked keeps the focus, but not Space and Enter.
  pointed() {
    this.tabbed = false;
  }

  key(event) {
    this.tabbed ||= event.key === "Tab";
    const { help, view, classes } = this.desk;
    const wanted = meaning(event, classes, { help: help.open, zoomed: view.zoomed, tabbed: this.tabbed });
    if (!wanted) return;
    if (wanted.typed) return this.typed(event, wanted.typed);
    // Escape with nothing to leave is for others: it closes a menu of the page.
    if (wanted.action === "leave" && !this.leave()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (wanted.move) this.desk.view.stride(wanted.move);
    else if (event.repeat && !STEADY.includes(wanted.action)) return;
    else if (wanted.chosen) this.desk.label(wanted.chosen);
    else if (wanted.action !== "leave") this.act(wanted.action);
  }

  typed(event, field) {
    if (this.root.contains(field)) {
      event.stopImmediatePropagation(); // the page has keys of its own, which it would find here
      const owner = field.dataset.note ? this.desk.guide : field.closest(".search") ? this.desk.search : this.desk.comment;
      if (!event.isComposing) owner.key(event);
    } else if (event.key === "Enter" && field.closest("[data-testid=stSidebar]")) {
      // Enter after one's name gives the keyboard back to the desk: the next digit is a label, not part of the name.
      setTimeout(() => field.blur());
    }
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    // After a mouse click the keyboard belongs to the desk again: a later Space skips, and does not press this button.
    if (event.detail > 0) button.blur();
    if (button.dataset.do) this.act(button.dataset.do);
    else if (button.dataset.class) this.desk.label(Number(button.dataset.class));
  }

  act(action) {
    const { desk } = this;
    const acts = {
      undo: () => desk.undo(),
      skip: () => desk.skip(),
      unsure: () => desk.decide("unsure", null),
      flag: () => desk.comment.open(),
      "send-flag": () => desk.comment.send(),
      "leave-flag": () => desk.comment.leave(),
      accept: () => desk.accept(),
      suggestion: () => desk.toggleSuggestion(),
      search: () => desk.search.open(),
      guide: () => desk.guide.toggle(),
      pin: () => desk.pin(),
      actual: () => desk.view.setActual(!desk.view.actual),
      closer: () => desk.view.zoom(STEP),
      farther: () => desk.view.zoom(1 / STEP),
      sharp: () => desk.screen.setSharp(!desk.screen.sharp),
      invert: () => desk.light.change({ invert: !desk.light.values.invert }),
      light: () => desk.light.toggle(),
      "reset-light": () => desk.light.reset(),
      help: () => (desk.help.open ? desk.help.close() : desk.help.showModal()),
    };
    acts[action]();
  }

  // Closes the innermost of what is open; whether there was anything.
  leave() {
    if (!this.desk.comment.box.hidden) this.desk.comment.leave();
    else if (this.desk.search.field.value) this.desk.search.leave();
    else if (this.desk.guide.open) this.desk.guide.toggle(false);
    else if (this.desk.queue[0]?.correcting) this.desk.putBack();
    else if (!this.desk.light.panel.hidden) this.desk.light.toggle(false);
    else return false;
    return true;
  }
}
