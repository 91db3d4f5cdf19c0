// Streamlit calls a component's function whenever its data or the theme changes, each time with the same root.
// `open(root, data, tell)` makes what stands there, once; `update(data, tell)` and `close()` are its own.
export function mounting(open) {
  const mounted = new WeakMap();
  return ({ data, parentElement: root, setTriggerValue: tell }) => {
    if (mounted.has(root)) mounted.get(root).update(data, tell);
    else mounted.set(root, open(root, data, tell));
    return () => {
      // Streamlit also clears up after a call that newer data overtook: what stands on the page goes on.
      if (root.isConnected) return;
      mounted.get(root)?.close();
      mounted.delete(root);
    };
  };
}
