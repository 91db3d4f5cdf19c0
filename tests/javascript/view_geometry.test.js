import assert from "node:assert/strict";
import { test } from "node:test";
import * as geometry from "../../vabal_core/ui/components/desk/view_geometry.js";

const FRAME = { width: 800, height: 600 };
const PICTURE = { naturalWidth: 1600, naturalHeight: 800 }; // fitted: 800 x 400, bars of 100 above and below
const ITEM = { width: 1600, height: 800 };
const FITTED = { scale: 1, x: 0, y: 0 };

function close(actual, expected) {
  for (const name of Object.keys(expected)) {
    assert.ok(Math.abs(actual[name] - expected[name]) < 1e-9, `${name}: ${actual[name]}, expected ${expected[name]}`);
  }
}

// Where a point of the frame with the fitted picture in it is shown.
const shown = ({ scale, x, y }, point) => ({ x: scale * point.x + x, y: scale * point.y + y });

test("a picture is fitted to the side that is short of room", () => {
  assert.deepEqual(geometry.fittedSize(FRAME, PICTURE), { width: 800, height: 400 });
  assert.deepEqual(geometry.fittedSize(FRAME, { naturalWidth: 10, naturalHeight: 30 }), { width: 200, height: 600 });
});

test("actual size is one pixel of the file on one of the screen, also where the picture was made smaller", () => {
  assert.equal(geometry.actualScale(FRAME, ITEM, PICTURE, 1), 2);
  assert.equal(geometry.actualScale(FRAME, ITEM, PICTURE, 2), 1);
  const whole = { width: 6400, height: 3200 };
  assert.equal(geometry.reduction(whole, PICTURE), 4);
  assert.equal(geometry.actualScale(FRAME, whole, PICTURE, 1), 8);
});

test("what lies under the pointer stays there while it zooms", () => {
  const point = { x: 200, y: 250 };
  const closer = geometry.zoomed(FITTED, 1.5, point, 2);
  assert.equal(closer.scale, 1.5);
  close(shown(closer, point), point);
  const there = { x: (point.x - closer.x) / closer.scale, y: (point.y - closer.y) / closer.scale };
  close(shown(geometry.zoomed(closer, 1.2, point, 2), there), point);
});

test("zoom ends at sixteen screen pixels to one of the file, at least at eight times the frame", () => {
  assert.equal(geometry.zoomed(FITTED, 1000, FITTED, 2).scale, 32);
  assert.equal(geometry.zoomed(FITTED, 1000, FITTED, 0.1).scale, 8);
  assert.equal(geometry.zoomed(FITTED, 0.001, FITTED, 2).scale, 1);
  assert.equal(geometry.zoomed(FITTED, 0.001, FITTED, 0.25).scale, 0.25); // a tiny image, in actual size
});

test("no edge of the picture comes inside the frame", () => {
  const scale = 3; // 2400 x 1200
  const far = geometry.confined({ scale, x: 5000, y: 5000 }, FRAME, PICTURE);
  close(shown(far, { x: 0, y: 100 }), { x: 0, y: 0 }); // its upper left corner in the frame's
  const farther = geometry.confined({ scale, x: -5000, y: -5000 }, FRAME, PICTURE);
  close(shown(farther, { x: 800, y: 500 }), { x: 800, y: 600 });
});

test("a side shorter than the frame stays in the middle", () => {
  const place = geometry.confined({ scale: 1.25, x: -50, y: 77 }, FRAME, PICTURE); // 1000 x 500
  close(shown(place, { x: 400, y: 300 }), { x: 400 * 1.25 - 50, y: 300 });
});

test("centred: the middle of the frame stays its middle", () => {
  const middle = { x: 400, y: 300 };
  for (const scale of [0.5, 1, 4]) close(shown(geometry.centred(FRAME, scale), middle), middle);
});

test("in a frame of another size, what was in the middle stays there, as large as it was", () => {
  const before = geometry.zoomed(FITTED, 4, { x: 300, y: 280 }, 2);
  const smaller = { width: 600, height: 500 };
  const after = geometry.refitted(before, FRAME, smaller, PICTURE);
  const pixels = (frame, { scale }) => geometry.fittedSize(frame, PICTURE).width * scale;
  assert.ok(Math.abs(pixels(FRAME, before) - pixels(smaller, after)) < 1e-9);
  // The point of the picture, as a share of its fitted width from its middle, that each middle shows.
  const share = (frame, { scale, x }) => {
    const inFrame = (frame.width / 2 - x) / scale;
    return (inFrame - frame.width / 2) / geometry.fittedSize(frame, PICTURE).width;
  };
  assert.ok(Math.abs(share(FRAME, before) - share(smaller, after)) < 1e-9);
});
