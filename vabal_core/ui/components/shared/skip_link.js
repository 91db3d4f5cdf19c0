// A link at the very beginning of the page that leads the keyboard past its menus to the images.
import { make } from "./dom.js";

const HIDDEN = "position:fixed;left:8px;top:-60px;z-index:1000000;padding:8px 14px;border-radius:8px;";
const LOOK = "color:#fff;background:#1d4ed8;font:600 1rem sans-serif;text-decoration:none";

// `focus()` gives the keyboard to the images; the link goes when `signal` says so.
export function skipLink(text, focus, signal) {
  const link = make("a", "", text, { href: "#images", style: HIDDEN + LOOK });
  link.addEventListener("focus", () => (link.style.top = "8px"));
  link.addEventListener("blur", () => (link.style.top = "-60px"));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    focus();
  });
  document.body.prepend(link);
  signal.addEventListener("abort", () => link.remove());
}
