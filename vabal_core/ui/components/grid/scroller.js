// The part of the page that scrolls with the grid in it.
export function scrollerOf(node) {
  return node.getRootNode().host?.closest("[data-testid=stMain]");
}
