import assert from "node:assert/strict";
import { test } from "node:test";
import { droppedFiles, topsOf } from "../../vabal_core/ui/components/drop/files.js";
import { sendAll } from "../../vabal_core/ui/components/drop/sending.js";
import { Upload } from "../../vabal_core/ui/components/drop/upload.js";

const AT_ONCE_IN_A_FOLDER = 100; // a browser hands out no more entries at once

const fileEntry = (fullPath) => ({ isFile: true, fullPath, file: (take) => take({ size: 10, name: fullPath }) });

function folderEntry(fullPath, inside) {
  const createReader = () => {
    const left = [...inside];
    return { readEntries: (take) => take(left.splice(0, AT_ONCE_IN_A_FOLDER)) };
  };
  return { isFile: false, fullPath, createReader };
}

const item = (entry) => ({ webkitGetAsEntry: () => entry });
const pairs = (...paths) => paths.map((path) => [path, { size: 10 }]);
const address = (batch, path) => path;
const nothing = () => {};

test("a folder that is dropped keeps the folders in it, however many files they hold", async () => {
  const many = Array.from({ length: 250 }, (_, i) => fileEntry(`/steel/crazing/${i}.png`));
  const entry = folderEntry("/steel", [folderEntry("/steel/crazing", many), fileEntry("/steel/list.csv")]);
  const dropped = await droppedFiles([item(entry), item(null)]);
  assert.equal(dropped.length, 251);
  assert.deepEqual([dropped[0][0], dropped[250][0]], ["steel/crazing/0.png", "steel/list.csv"]);
});

test("what was dropped has a name where it is one folder or file", () => {
  assert.deepEqual(topsOf(["a/1.png", "a/b/2.png"], []).size, 1);
  assert.deepEqual(topsOf(["b/1.png", "c/1.png"], ["a"]).size, 2);
});

test("all is sent, and a file that is refused holds up no other", async () => {
  const sent = [];
  const put = async (path) => (path === "b" ? "b has no usable name" : (sent.push(path), ""));
  const refusals = await sendAll(pairs("a", "b", "c", "d", "e", "f"), (path) => path, { aborted: false }, nothing, put);
  assert.deepEqual(sent, ["a", "c", "d", "e", "f"]);
  assert.deepEqual(refusals, ["b has no usable name"]);
});

test("a server that takes no more ends the upload with its words", async () => {
  const put = async () => {
    throw Object.assign(new Error("No space left"), { final: true });
  };
  const upload = new Upload(put);
  await upload.take(Promise.resolve(pairs("a", "b")), address);
  assert.match(upload.text, /No space left/);
  assert.equal(upload.arrived, false);
});

test("what is dropped later is added, under the same batch", async () => {
  const upload = new Upload(async () => "");
  await upload.take(Promise.resolve(pairs("crazing/1.png", "crazing/2.png")), address);
  const first = upload.dropped;
  assert.equal(upload.arrived, true);
  assert.match(upload.text, /“crazing”: 2 files sent/);
  await upload.take(Promise.resolve(pairs("scratches/1.png")), address);
  assert.deepEqual(upload.dropped, { batch: first.batch, tops: ["crazing", "scratches"], files: 3 });
});

test("to start over gives up what is on its way and makes a new batch", async () => {
  const upload = new Upload((path, file, signal) => {
    return new Promise((resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
  });
  const before = upload.dropped.batch;
  const sending = upload.take(Promise.resolve(pairs("a")), address);
  await Promise.resolve();
  upload.clear();
  await sending;
  assert.equal(upload.text, "");
  assert.notEqual(upload.dropped.batch, before);
  assert.equal(upload.arrived, false);
});

test("an empty folder is said to be one", async () => {
  const upload = new Upload(async () => "");
  await upload.take(Promise.resolve([]), address);
  assert.match(upload.text, /no file/);
});
