import assert from "node:assert/strict";
import { test } from "node:test";
import { TileSize } from "../../vabal_core/ui/components/grid/tile_size.js";
import { FakeStorage } from "./fakes.js";

function sizes(storage) {
  const styles = {};
  const slider = { addEventListener: () => null };
  const grid = { style: { setProperty: (name, value) => (styles[name] = value) } };
  const tileSize = new TileSize((selector) => (selector === ".grid" ? grid : slider), storage);
  return { tileSize, styles, slider };
}

test("tiles suit the page until a person chooses a size, which this browser keeps", () => {
  const storage = new FakeStorage();
  const { tileSize, styles } = sizes(storage);
  tileSize.suit({ pairs: false, size: 120, compact: true });
  assert.equal(styles["--tile"], "5.4rem");
  tileSize.choose(12);
  assert.equal(styles["--tile"], "12rem");
  const later = sizes(storage);
  later.tileSize.suit({ pairs: false, size: 120, compact: true });
  assert.deepEqual([later.styles["--tile"], later.slider.value], ["12rem", 12]);
});
