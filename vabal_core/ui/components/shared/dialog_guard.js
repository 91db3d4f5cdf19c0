// The image stays in sight: where the server is away, Streamlit covers the page with a dialogue of its own and takes the
// focus and the clicks, while keys would go on labelling behind it. The page says itself what waits, so that dialogue is
// closed as soon as it comes; any other stays.
const COVER = "[data-testid=stDialog]";
const COVER_TITLE = "Connection error";

// A menu of the page lies open over the images: no key is meant for what is below it.
function menuOpen() {
  return document.querySelector("[data-testid=stPopoverBody]") !== null;
}

function uncover() {
  for (const cover of document.querySelectorAll(COVER)) {
    if (!cover.textContent.startsWith(COVER_TITLE)) continue;
    cover.style.visibility = "hidden"; // not even for the moment that its leaving takes
    cover.querySelector("button[aria-label=Close]")?.click();
  }
}

function keepInSight(signal) {
  const watch = new MutationObserver(uncover);
  watch.observe(document.body, { childList: true });
  signal.addEventListener("abort", () => watch.disconnect());
  uncover();
}
