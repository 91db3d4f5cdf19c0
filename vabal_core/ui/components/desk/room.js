// The desk fills the window below what the page shows above it, however many lines that takes.
const PAGE = "[data-testid=stMainBlockContainer]";
const SCROLLER = "[data-testid=stMain]";

export class Room {
  constructor(root) {
    this.desk = root.querySelector(".desk");
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(document.querySelector(PAGE) ?? document.body);
    this.measure();
  }

  measure() {
    const scrolled = document.querySelector(SCROLLER)?.scrollTop ?? 0;
    const above = `${Math.round(this.desk.getBoundingClientRect().top + scrolled)}px`;
    if (above !== this.above) this.desk.style.setProperty("--above", above);
    this.above = above;
  }

  close() {
    this.watcher.disconnect();
  }
}
