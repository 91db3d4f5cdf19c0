// What was dropped or chosen, as [path, file] pairs: a file keeps the folders that it lies in.

// Entries are taken before anything is waited for: the browser forgets what was dropped after that.
export async function droppedFiles(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const pairs = [];
  for (const entry of entries) await collect(entry, pairs);
  return pairs;
}

export function chosenFiles(list) {
  return [...list].map((file) => [file.webkitRelativePath || file.name, file]);
}

async function collect(entry, pairs) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    pairs.push([entry.fullPath.replace(/^\//, ""), file]);
    return;
  }
  for (const inside of await entriesIn(entry)) await collect(inside, pairs);
}

// A folder hands out its entries in pieces, and nothing once there are no more.
async function entriesIn(folder) {
  const reader = folder.createReader();
  const entries = [];
  for (;;) {
    const piece = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!piece.length) return entries;
    entries.push(...piece);
  }
}

const MAX_TOPS = 2; // enough to tell one from several

// The folders and files on top, no more than tell whether there is one: a person calls all of it by the name of that.
export function topsOf(paths, before) {
  const tops = new Set(before);
  for (const path of paths) if (tops.size < MAX_TOPS) tops.add(path.split("/")[0]);
  return tops;
}
