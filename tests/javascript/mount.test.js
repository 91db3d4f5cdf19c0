import assert from "node:assert/strict";
import { test } from "node:test";
import { mounting } from "../../vabal_core/ui/components/shared/mount.js";

function component() {
  const log = [];
  const open = (root, data) => {
    log.push(`open ${data}`);
    return { update: (newer) => log.push(`update ${newer}`), close: () => log.push("close") };
  };
  return { log, mount: mounting(open) };
}

test("a component is made once, and told of newer data", () => {
  const { log, mount } = component();
  const [here, there] = [{ isConnected: true }, { isConnected: true }];
  mount({ data: 1, parentElement: here });
  mount({ data: 2, parentElement: here });
  mount({ data: 3, parentElement: there });
  assert.deepEqual(log, ["open 1", "update 2", "open 3"]);
});

test("clearing up after a call that newer data overtook leaves the component at work", () => {
  const { log, mount } = component();
  const root = { isConnected: true };
  const overtaken = mount({ data: 1, parentElement: root });
  mount({ data: 2, parentElement: root });
  overtaken();
  mount({ data: 3, parentElement: root });
  assert.deepEqual(log, ["open 1", "update 2", "update 3"]);
});

test("a component that left the page is closed once", () => {
  const { log, mount } = component();
  const root = { isConnected: true };
  const clear = mount({ data: 1, parentElement: root });
  root.isConnected = false;
  clear();
  clear();
  assert.deepEqual(log, ["open 1", "close"]);
});
