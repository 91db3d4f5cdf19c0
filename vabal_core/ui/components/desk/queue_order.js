// The order of the queue: by rank, then what has none, then what was put aside.

function place({ rank, put_aside: putAside }) {
  return putAside ? Infinity : (rank ?? Number.MAX_VALUE);
}

// Puts an image that others have let go in front of those ranked behind it, never before the image on screen.
export function putInOrder(queue, item) {
  const behind = queue.findIndex((other, at) => at > 0 && place(other) > place(item));
  queue.splice(behind < 0 ? queue.length : behind, 0, item);
}
