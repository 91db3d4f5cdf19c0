// The nearest of `edges` ({ left, top, height } of each tile) in the row below (1) or above (-1) the tile at `current`:
// rows have gaps where one group ends and another begins. Where there is no such row, `current` itself.
export function nearestInNextRow(edges, current, way) {
  const here = edges[current];
  const distances = edges.map(({ left, top }, place) => {
    return { place, down: way * (top - here.top), across: Math.abs(left - here.left) };
  });
  const beyond = distances.filter(({ down }) => down > here.height / 2);
  const nearest = Math.min(...beyond.map(({ down }) => down));
  const row = beyond.filter(({ down }) => down < nearest + 2).sort((a, b) => a.across - b.across);
  return row[0]?.place ?? current;
}
