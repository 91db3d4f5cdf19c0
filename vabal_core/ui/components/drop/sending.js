// Files on their way to the server, a few at a time, each tried again while the server is away.
const AT_ONCE = 4;
const [NOT_THIS_FILE, NO_ROOM] = [400, 507];
const PAUSES_MS = [500, 2000, 5000];

// Sends [path, file] pairs to `address(path)`; `onProgress(files, bytes)` hears how much has arrived. Resolves to what
// the server said of the files that it refused; rejects where it can take no more, or stays away, or `signal` says
// stop.
export async function sendAll(pairs, address, signal, onProgress, put = putFile) {
  const waiting = [...pairs];
  const refusals = [];
  const partly = new Map();
  let [files, bytes] = [0, 0];
  const tell = () => onProgress(files, bytes + [...partly.values()].reduce((sum, part) => sum + part, 0));
  const worker = async () => {
    for (let pair = waiting.shift(); pair; pair = waiting.shift()) {
      const [path, file] = pair;
      const report = (part) => {
        partly.set(path, part);
        tell();
      };
      const refusal = await patiently(() => put(address(path), file, signal, report), signal);
      if (refusal) refusals.push(refusal);
      partly.delete(path);
      files += 1;
      bytes += file.size;
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return refusals;
}

// What the server has answered stays; what it did not answer is asked again.
async function patiently(send, signal) {
  for (const pause of PAUSES_MS) {
    try {
      return await send();
    } catch (problem) {
      if (problem.final || signal.aborted) throw problem;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return send();
}

// XMLHttpRequest, because fetch does not say how much of a large file has been sent.
function putFile(address, file, signal, report) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const words = () => request.responseText || `The Studio answers ${request.status}.`;
    request.upload.onprogress = (event) => report(event.loaded);
    request.onload = () => {
      if (request.status < 300) resolve("");
      else if (request.status === NOT_THIS_FILE) resolve(words());
      else reject(Object.assign(new Error(words()), { final: request.status < 500 || request.status === NO_ROOM }));
    };
    request.onerror = () => reject(new Error("The Studio does not answer: is it still running?"));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("PUT", address);
    request.send(file);
  });
}
