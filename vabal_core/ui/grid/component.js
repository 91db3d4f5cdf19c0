// Thumbnails to select. All texts go in by textContent; the selection goes to the page as a list of image ids. It is
// kept whole when the tiles change: page and browser hold the same list, and both go by those of it that are shown.
const grids = new WeakMap();

function part(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function tile(item, toggle) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = item.evaluation ? "evaluation" : "";
  button.title = item.path;
  button.dataset.image = item.id;
  const picture = part("span", "picture", "");
  const image = new Image();
  image.loading = "lazy";
  image.alt = item.path;
  image.onerror = () => picture.replaceChildren("cannot be shown");
  image.src = item.url;
  picture.append(image);
  button.append(picture, part("span", item.label ? "label" : "label none", item.label || "no label yet"));
  button.append(part("span", item.differs ? "more differs" : "more", item.more || "\u00a0"));
  button.addEventListener("click", () => toggle(item.id));
  return button;
}

export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".grid");
  const grid = grids.get(parentElement) ?? { signature: "", selected: new Set(data.selected) };
  grids.set(parentElement, grid);
  const draw = () => {
    for (const button of box.children) button.setAttribute("aria-pressed", grid.selected.has(Number(button.dataset.image)));
  };
  const toggle = (id) => {
    if (!grid.selected.delete(id)) grid.selected.add(id);
    draw();
    setStateValue("selected", [...grid.selected]);
  };
  const signature = JSON.stringify(data.items);
  if (signature !== grid.signature) {
    grid.signature = signature;
    box.replaceChildren(...data.items.map((item) => tile(item, toggle)));
  }
  draw();
}
