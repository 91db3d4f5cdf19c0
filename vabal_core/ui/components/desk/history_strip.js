// The strip of the last decisions: small pictures, newest first, each brings its image back to be corrected.
const LAST = 10;
const MARKS = { skip: "skipped", unsure: "unsure", flag: "flagged" };

class Strip {
  constructor(root, open) {
    this.list = root.querySelector(".strip ol");
    this.hint = root.querySelector(".strip p");
    this.open = open;
  }

  // `classOf` finds a class by its id; `correcting` is the event id of the decision now on the desk, if any.
  draw(history, classOf, correcting) {
    const last = history.slice(-LAST).reverse();
    const there = new Map([...this.list.children].map((tile) => [tile.dataset.event, tile]));
    const tiles = last.map((decision) => there.get(decision.event_id) ?? this.tile(decision));
    const wanted = new Set(tiles);
    for (const tile of there.values()) if (!wanted.has(tile)) tile.remove();
    tiles.forEach((tile, place) => {
      if (this.list.children[place] !== tile) this.list.insertBefore(tile, this.list.children[place] ?? null);
      this.tell(tile, last[place], classOf(last[place].class_id), last[place].event_id === correcting);
    });
    this.hint.hidden = last.length > 0;
  }

  tile(decision) {
    const tile = document.createElement("li");
    const button = document.createElement("button");
    // The address of the picture on screen a moment ago: this browser has it already, and the server is not asked.
    const image = Object.assign(new Image(), { decoding: "async", draggable: false, alt: "", src: decision.item.url });
    const name = Object.assign(document.createElement("span"), { className: "name" });
    button.type = "button";
    button.append(image, name);
    button.addEventListener("click", (event) => {
      if (event.detail > 0) button.blur();
      this.open(tile.dataset.event);
    });
    tile.dataset.event = decision.event_id;
    tile.append(button);
    return tile;
  }

  tell(tile, decision, known, current) {
    const name = decision.kind === "label" ? (known?.name ?? "label") : MARKS[decision.kind];
    const button = tile.firstChild;
    button.classList.toggle("aside", decision.kind !== "label");
    button.setAttribute("aria-pressed", current);
    button.title = [fileName(decision.item), name, decision.comment].filter(Boolean).join(": ");
    button.setAttribute("aria-label", `Bring back ${fileName(decision.item)}, ${name}`);
    put(button.querySelector(".name"), name);
  }
}
