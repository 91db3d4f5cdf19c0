// The strip of the last decisions: small pictures, newest first, each brings its image back to be corrected.
import { make, put } from "../shared/dom.js";
import { fileName } from "./pictures.js";

const MAX_TILES = 10;
export const MARKS = { skip: "skipped", unsure: "unsure", flag: "flagged" };

export class HistoryStrip {
  // `open(eventId)` brings a decision back.
  constructor(root, open) {
    this.list = root.querySelector(".strip ol");
    this.hint = root.querySelector(".strip p");
    this.open = open;
  }

  // `classOf` finds a class by its id; `correcting` is the event id of the decision now on the desk, if any.
  draw(decisions, classOf, correcting) {
    const last = decisions.slice(-MAX_TILES).reverse();
    const there = new Map([...this.list.children].map((tile) => [tile.dataset.event, tile]));
    const tiles = last.map((decision) => there.get(decision.event_id) ?? this.tile(decision));
    const staying = new Set(tiles);
    for (const tile of there.values()) if (!staying.has(tile)) tile.remove();
    tiles.forEach((tile, place) => {
      const [decision, sibling] = [last[place], this.list.children[place]];
      if (sibling !== tile) this.list.insertBefore(tile, sibling ?? null);
      this.describe(tile, decision, classOf(decision.class_id), decision.event_id === correcting);
    });
    this.hint.hidden = last.length > 0;
  }

  tile(decision) {
    const tile = make("li");
    const button = make("button", "", "", { type: "button" });
    // The address of the picture on screen a moment ago: this browser has it already, and the server is not asked.
    const picture = { decoding: "async", draggable: false, alt: "", src: decision.item.url };
    button.append(Object.assign(new Image(), picture), make("span", "name"));
    button.addEventListener("click", (event) => {
      if (event.detail > 0) button.blur();
      this.open(tile.dataset.event);
    });
    tile.dataset.event = decision.event_id;
    tile.append(button);
    return tile;
  }

  describe(tile, decision, defect, current) {
    const name = decision.kind === "label" ? (defect?.name ?? "label") : MARKS[decision.kind];
    const button = tile.firstChild;
    button.classList.toggle("aside", decision.kind !== "label");
    button.setAttribute("aria-pressed", current);
    button.title = [fileName(decision.item), name, decision.comment].filter(Boolean).join(": ");
    button.setAttribute("aria-label", `Bring back ${fileName(decision.item)}, ${name}`);
    put(button.querySelector(".name"), name);
  }
}
