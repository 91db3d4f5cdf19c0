// The image stays in sight: where the server is away, Streamlit covers the page with a dialogue of its own and takes
// the focus and the clicks, while keys would go on labelling behind it. The page says itself what waits, so that
// dialogue is closed as soon as it comes; any other stays.
const DIALOG = "[data-testid=stDialog]";
const CONNECTION_TITLE = "Connection error";

export function guardDialogs(signal) {
  const watch = new MutationObserver(closeConnectionDialogs);
  watch.observe(document.body, { childList: true });
  signal.addEventListener("abort", () => watch.disconnect());
  closeConnectionDialogs();
}

function closeConnectionDialogs() {
  for (const dialog of document.querySelectorAll(DIALOG)) {
    if (!dialog.textContent.startsWith(CONNECTION_TITLE)) continue;
    dialog.style.visibility = "hidden"; // not even for the moment that its leaving takes
    dialog.querySelector("button[aria-label=Close]")?.click();
  }
}
