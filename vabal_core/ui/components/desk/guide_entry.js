// One class in the class guide: its note, its examples, and the images that look alike but are of another class.
import { make } from "../shared/dom.js";
import { fileName } from "./pictures.js";

// The field of the class that holds the images, their role, the heading, the other role, what its button is called.
const ROLES = [
  ["examples", "example", "Examples", "counter", "Make it a counter-example"],
  ["counter_examples", "counter", "Not this class", "example", "Make it an example"],
];

// `actions.note(defect, text)` saves a note, `actions.pin(defect, image, role)` gives a pinned image another role;
// null: the guide is there to be read.
export function guideEntry(defect, actions) {
  const entry = make("section", "entry");
  entry.append(heading(defect), actions ? noteField(defect, actions.note) : make("p", "note", defect.note));
  for (const role of ROLES) if (defect[role[0]].length) entry.append(pins(defect, role, actions?.pin));
  const pinned = defect.examples.length + defect.counter_examples.length;
  if (!pinned && actions) entry.append(make("p", "hint", "No example yet: label one, then press P."));
  return entry;
}

// The buttons of the classes are behind the guide: whoever has no key labels from here, while comparing.
function heading(defect) {
  const label = make("button", "", "", { type: "button", title: `Label this image ${defect.name}` });
  label.dataset.class = defect.id;
  label.append(make("kbd", "", defect.key), make("span", "name", defect.name));
  const head = make("h3");
  head.append(label);
  return head;
}

function noteField(defect, save) {
  const placeholder = "What tells this class from the others?";
  const note = make("textarea", "", "", { value: defect.note, rows: 2, maxLength: 1000, placeholder });
  note.dataset.note = defect.id;
  note.setAttribute("aria-label", `Note about ${defect.name}`);
  note.addEventListener("change", () => save(defect, note.value));
  return note;
}

function pins(defect, [field, role, title, otherRole, otherName], pin) {
  const row = make("div", "row");
  for (const image of defect[field]) {
    const figure = make("figure");
    const change = (to, text, name) => roleButton(image, to, text, name, () => pin(defect, image, to));
    const alt = `${defect.name}: ${title}, ${fileName(image)}`;
    figure.append(enlarger(figure, image, alt));
    if (pin) figure.append(change(otherRole, "⇄", otherName), change("none", "✕", "Unpin"));
    row.append(figure);
  }
  const group = make("div", `pins ${role}`);
  group.append(make("h4", "", title), row);
  return group;
}

function enlarger(figure, image, alt) {
  const button = make("button", "enlarge", "", { type: "button", title: "Larger, or small again" });
  const picture = Object.assign(new Image(), { src: image.thumbnail, alt, loading: "lazy" });
  button.append(picture);
  button.addEventListener("click", () => {
    figure.classList.toggle("large");
    picture.src = figure.classList.contains("large") ? image.url : image.thumbnail;
  });
  return button;
}

function roleButton(image, role, text, name, press) {
  const button = make("button", role, text, { type: "button", title: name });
  button.setAttribute("aria-label", `${name}: ${fileName(image)}`);
  button.addEventListener("click", press);
  return button;
}
