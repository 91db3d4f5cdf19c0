// What this browser keeps for the next visit.

// Whether it could be kept: the storage may be full, or forbidden.
export function remember(key, value, storage = localStorage) {
  try {
    storage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}
