import assert from "node:assert/strict";
import { test } from "node:test";
import { meaning as deskMeaning } from "../../vabal_core/ui/components/desk/keys.js";
import { meaning as gridMeaning } from "../../vabal_core/ui/components/grid/keys.js";
import { press } from "./fakes.js";

const CLASSES = [{ id: 11, key: "1" }, { id: 12, key: "2" }, { id: 13, key: "c" }];
const AT_REST = { help: false, menu: false, zoomed: false, tabbed: false };
const ON_GRID = { focused: true, large: false, atEnd: () => false };
const SHIFTED_TWO = { code: "Digit2", shiftKey: true };

const desk = (event, state = {}) => deskMeaning(event, CLASSES, { ...AT_REST, ...state });
const grid = (event, state = {}) => gridMeaning(event, CLASSES, { ...ON_GRID, ...state });

for (const [name, meaning] of Object.entries({ desk, grid })) {
  test(`${name}: a class is chosen by its key, also where digits need Shift`, () => {
    assert.deepEqual(meaning(press("1", { code: "Digit1" })), { chosen: 11 });
    assert.deepEqual(meaning(press("C")), { chosen: 13 });
    assert.deepEqual(meaning(press("2", SHIFTED_TWO)), { chosen: 12 });
    assert.deepEqual(meaning(press("é", { code: "Digit2" })), { chosen: 12 });
    assert.equal(meaning(press("End", { code: "Numpad1" }))?.chosen, undefined);
    assert.equal(meaning(press("9", { code: "Digit9" })), null);
  });

  test(`${name}: the keys that decide`, () => {
    const actions = { u: "undo", Backspace: "undo", s: "skip", x: "unsure", f: "flag", X: "unsure" };
    for (const [key, action] of Object.entries(actions)) assert.deepEqual(meaning(press(key)), { action });
  });

  test(`${name}: combinations belong to the browser, but Ctrl Z takes back`, () => {
    assert.deepEqual(meaning(press("z", { ctrlKey: true })), { action: "undo" });
    assert.deepEqual(meaning(press("z", { metaKey: true })), { action: "undo" });
    for (const held of ["ctrlKey", "metaKey", "altKey"]) assert.equal(meaning(press("1", { [held]: true })), null);
    assert.equal(meaning(press("z", { ctrlKey: true, shiftKey: true })), null);
  });
}

test("desk: what is typed into a field belongs to the field", () => {
  const field = "input:not([type=range]), textarea, select, [contenteditable]:not([contenteditable=false])";
  const event = press("1", {}, [field]);
  assert.deepEqual(desk(event), { typed: event.composedPath()[0] });
});

test("desk: under a menu no key means anything, under the help only those that close it", () => {
  assert.equal(desk(press("1"), { menu: true }), null);
  assert.equal(desk(press("1"), { help: true }), null);
  assert.deepEqual(desk(press("Escape"), { help: true }), { action: "help" });
});

test("desk: Space and Enter press the button that Tab led to", () => {
  const button = "button, a, summary, [role=button], [role=option], [role=radio]";
  assert.equal(desk(press(" ", {}, [button]), { tabbed: true }), null);
  assert.deepEqual(desk(press(" ", {}, [button])), { action: "skip" });
  assert.deepEqual(desk(press("Enter", {}, [button])), { action: "accept" });
});

test("desk: the arrows move an enlarged image, but not from a slider", () => {
  assert.equal(desk(press("ArrowLeft")), null);
  assert.deepEqual(desk(press("ArrowLeft"), { zoomed: true }), { move: [1, 0] });
  assert.equal(desk(press("ArrowLeft", {}, ["input"]), { zoomed: true }), null);
});

test("desk: a sign on a digit's key is that sign only where Shift made it", () => {
  assert.equal(desk(press("-", { code: "Digit6" })), null); // a French keyboard
  assert.deepEqual(desk(press("/", { code: "Digit7", shiftKey: true })), { action: "search" }); // a German one
});

test("grid: the arrows go from tile to tile while the keyboard is there", () => {
  assert.deepEqual(grid(press("ArrowDown", { shiftKey: true })), { arrow: "ArrowDown", extend: true });
  assert.equal(grid(press("ArrowDown"), { focused: false }), null);
});

test("grid: Page Down turns the page at its end alone", () => {
  assert.equal(grid(press("PageDown")), null);
  assert.deepEqual(grid(press("PageDown"), { atEnd: () => true }), { action: "next" });
  assert.equal(grid(press("PageDown"), { atEnd: () => true, focused: false }), null);
});

test("grid: while an image is shown large, keys select it or put it away, and label nothing", () => {
  assert.equal(grid(press("1"), { large: true }), null);
  assert.deepEqual(grid(press(" "), { large: true }), { action: "toggle" });
  assert.deepEqual(grid(press("z"), { large: true }), { action: "smaller" });
  assert.deepEqual(grid(press("z")), { action: "larger" });
});

test("grid: / leads to the classes without a key, also where it is Shift and a digit that is one's key", () => {
  assert.deepEqual(grid(press("/")), { action: "keyless" });
  assert.deepEqual(grid(press("/", { code: "Digit7", shiftKey: true })), { action: "keyless" });
});

test("* asks for more like this, also where it is Shift and a digit of a class, and while one is large", () => {
  const star = press("*", { code: "Digit2", shiftKey: true });
  for (const meaning of [desk, grid]) assert.deepEqual(meaning(star), { action: "similar" });
  assert.deepEqual(grid(star, { large: true }), { action: "similar" });
});

test("grid: Ctrl A selects all", () => {
  assert.deepEqual(grid(press("a", { ctrlKey: true })), { action: "all" });
});

test("grid: where the rest is confirmed, x strikes out and Enter confirms, but not on a button of its own", () => {
  const sure = { sure: true };
  assert.deepEqual(grid(press("x"), sure), { action: "toggle" });
  assert.deepEqual(grid(press("x"), { ...sure, large: true }), { action: "toggle" });
  assert.deepEqual(grid(press("Enter"), sure), { action: "confirm" });
  assert.equal(grid(press("Enter", {}, ["button:not(.tile, [aria-checked=true]), a, summary"]), sure), null);
  assert.deepEqual(grid(press("1"), sure), { chosen: 11 });
  assert.equal(grid(press("Enter")), null);
});
