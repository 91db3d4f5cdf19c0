// A table of buttons. All texts go in by textContent; the pressed cell goes to the page as two class ids.
const words = new Intl.NumberFormat("en");

function made(tag, text = "", scope = "") {
  const one = document.createElement(tag);
  one.textContent = text;
  if (scope) one.scope = scope;
  return one;
}

function cell(data, row, column, choose) {
  const count = data.counts[row][column];
  const share = count / Math.max(1, ...data.counts[row]);
  const box = made("td");
  const button = made("button", words.format(count));
  const right = row === column;
  button.type = "button";
  button.disabled = !count;
  button.className = right ? "right" : "wrong";
  button.style.setProperty("--share", `${count ? 12 + 60 * share : 0}%`);
  const said = right ? `${data.names[row]}, recognised` : `labelled ${data.names[row]}, taken for ${data.names[column]}`;
  button.setAttribute("aria-label", `${words.format(count)} images ${said}`);
  button.title = said;
  const pressed = data.cell?.[0] === data.ids[row] && data.cell?.[1] === data.ids[column];
  button.setAttribute("aria-pressed", pressed);
  button.addEventListener("click", () => choose(pressed ? null : [data.ids[row], data.ids[column]]));
  box.append(button);
  return box;
}

function table(data, choose) {
  const [whole, head, body] = [made("table"), made("thead"), made("tbody")];
  const top = made("tr");
  top.append(made("th", "labelled ↓  taken for →", "col"), ...data.names.map((name) => made("th", name, "col")));
  head.append(top);
  for (const [row, name] of data.names.entries()) {
    const line = made("tr");
    line.append(made("th", name, "row"), ...data.names.map((_, column) => cell(data, row, column, choose)));
    body.append(line);
  }
  whole.append(made("caption", "Rows: how the evaluation images are labelled. Columns: what the model takes them for."), head, body);
  return whole;
}

export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".confusion");
  const held = box.contains(parentElement.activeElement) ? [...box.querySelectorAll("button")].indexOf(parentElement.activeElement) : -1;
  const choose = (picked) => {
    setStateValue("cell", picked);
    draw({ ...data, cell: picked });
  };
  const draw = (now) => box.replaceChildren(table(now, choose));
  draw(data);
  if (held >= 0) box.querySelectorAll("button")[held]?.focus();
}
