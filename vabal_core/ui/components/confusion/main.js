// A table of buttons. All texts go in by textContent; the pressed cell goes to the page as two class ids.
import { focused, make } from "../shared/dom.js";
import { number } from "../shared/format.js";

const CORNER = "labelled ↓  taken for →";
const CAPTION = "Rows: how the evaluation images are labelled. Columns: what the model takes them for.";

export default function ({ data, parentElement: root, setStateValue }) {
  const box = root.querySelector(".confusion");
  const place = [...box.querySelectorAll("button")].indexOf(focused(box));
  const draw = (pressed) => box.replaceChildren(table(data, pressed, choose));
  const choose = (pressed) => {
    setStateValue("cell", pressed);
    draw(pressed);
  };
  draw(data.cell);
  if (place >= 0) box.querySelectorAll("button")[place]?.focus();
}

function table(data, pressed, choose) {
  const { names } = data;
  const head = make("thead");
  head.append(line(headCell(CORNER, "col"), ...names.map((name) => headCell(name, "col"))));
  const body = make("tbody");
  for (const [row, name] of names.entries()) {
    body.append(line(headCell(name, "row"), ...names.map((_, column) => cell(data, row, column, pressed, choose))));
  }
  const whole = make("table");
  whole.append(make("caption", "", CAPTION), head, body);
  return whole;
}

function line(...cells) {
  const row = make("tr");
  row.append(...cells);
  return row;
}

function headCell(text, scope) {
  return make("th", "", text, { scope });
}

function cell({ ids, names, counts }, row, column, pressed, choose) {
  const count = counts[row][column];
  const share = count / Math.max(1, ...counts[row]);
  const right = row === column;
  const title = right ? `${names[row]}, recognised` : `labelled ${names[row]}, taken for ${names[column]}`;
  const button = make("button", right ? "right" : "wrong", number.format(count), { type: "button", title });
  button.disabled = !count;
  button.style.setProperty("--share", `${count ? 12 + 60 * share : 0}%`);
  button.setAttribute("aria-label", `${number.format(count)} images ${title}`);
  const on = pressed?.[0] === ids[row] && pressed?.[1] === ids[column];
  button.setAttribute("aria-pressed", on);
  button.addEventListener("click", () => choose(on ? null : [ids[row], ids[column]]));
  const box = make("td");
  box.append(button);
  return box;
}
