// "Back" leads to the page before. Streamlit makes an entry of the browser's history of every change of the address: of
// the project and the tab that a page writes into its own, too, so that one press would seem to do nothing.
if (!window.studioKeepsOneEntryAPage) {
  window.studioKeepsOneEntryAPage = true;
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (state, title, url) => {
    const isHere = new URL(url ?? "", window.location.href).pathname === window.location.pathname;
    if (isHere) window.history.replaceState(state, title, url);
    else push(state, title, url);
  };
}
