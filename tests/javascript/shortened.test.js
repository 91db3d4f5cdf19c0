import assert from "node:assert/strict";
import { test } from "node:test";
import { shortened } from "../../vabal_core/ui/components/shared/shortened.js";

// Elements without a page.
globalThis.document = {
  createElement: () => ({
    parts: [],
    append(...parts) {
      this.parts.push(...parts.map((part) => part.textContent));
    },
    setAttribute(name, value) {
      this[name] = value;
    },
  }),
};

test("a name keeps its end, whatever its letters, and is told whole on hover", () => {
  const split = (name) => shortened(name).parts;
  assert.deepEqual(split("rolled-in scale large"), ["rolled-in scale", " large"]);
  assert.deepEqual(split("inclusion"), ["inclusion"]);
  assert.deepEqual(split("😀".repeat(15)), ["😀".repeat(9), "😀".repeat(6)]);
  const { title, "aria-label": words } = shortened("rolled-in scale large");
  assert.deepEqual([title, words], ["rolled-in scale large", "rolled-in scale large"]);
});
