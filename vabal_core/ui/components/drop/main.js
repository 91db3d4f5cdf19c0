// Takes what is dropped or chosen, sends it, and tells the page once all of it has arrived.
import { put } from "../shared/dom.js";
import { chosenFiles, droppedFiles } from "./files.js";
import { Upload } from "./upload.js";

const upload = new Upload();
const listening = new WeakSet();
let [epoch, reported] = [null, ""];

export default function ({ data, parentElement: root, setStateValue }) {
  const address = (batch, path) => {
    const url = new URL(data.url, document.baseURI);
    url.searchParams.set("batch", batch);
    url.searchParams.set("path", path);
    return url.href;
  };
  const take = (reading) => upload.take(reading, address);
  if (!listening.has(root)) listen(root, take);
  listening.add(root);
  const tell = (dropped) => {
    reported = stamp(dropped);
    setStateValue("dropped", dropped);
  };
  root.querySelector("[data-do=clear]").onclick = () => {
    upload.clear();
    tell(null);
  };
  upload.changed = () => {
    if (!root.isConnected) return; // the person is on another page
    draw(root);
    if (upload.arrived && stamp(upload.dropped) !== reported) tell(upload.dropped);
  };
  begin(data);
}

const stamp = (dropped) => (dropped ? `${dropped.batch} ${dropped.files}` : "");

// The page has done with what was dropped before where it says another epoch.
function begin(data) {
  if (epoch !== null && epoch !== data.epoch) upload.clear();
  if (epoch === null && data.dropped) upload.restore(data.dropped);
  epoch = data.epoch;
  reported = stamp(data.dropped);
  upload.changed();
}

function listen(root, take) {
  const zone = root.querySelector(".zone");
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(droppedFiles(event.dataTransfer.items));
  });
  for (const kind of ["folder", "files"]) {
    const input = root.querySelector(`input.${kind}`);
    root.querySelector(`[data-do=${kind}]`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      take(Promise.resolve(chosenFiles(input.files)));
      input.value = "";
    });
  }
}

function draw(root) {
  const { text, share, wrong } = upload;
  const find = (selector) => root.querySelector(selector);
  find(".under-way").hidden = !text;
  find("progress").hidden = share === undefined;
  find("progress").value = share ?? 1;
  put(find(".status"), text);
  put(find("[data-do=clear]"), share === undefined ? "Start over" : "Stop");
  find(".status").classList.toggle("wrong", wrong);
}
