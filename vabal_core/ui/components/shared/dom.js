// What every component does with its elements. All texts go in by textContent.

// A new element; `properties` are the element's own: type, title, value and so on.
export function make(tag, className = "", text = "", properties = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return Object.assign(element, properties);
}

// What already says so is left alone: writing the same words again would have the browser paint them again.
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The element that has the focus. Inside a shadow root the document would name the root's host.
export function focused(node) {
  return node.getRootNode().activeElement;
}

// Calls `then` once the next frame has been painted: a message posted inside a frame arrives after its painting.
export function afterPaint(then) {
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = then;
    painted.port2.postMessage(null);
  });
}
