// Numbers as people read them.
export const number = new Intl.NumberFormat("en");

// A share from 0 to 1 in percent. A number and its sign stay on one line.
export function share(value) {
  const percent = Math.round(100 * value);
  if (percent === 100 && value < 1) return "> 99\u00a0%";
  return percent === 0 && value > 0 ? "< 1\u00a0%" : `${percent}\u00a0%`;
}
