/** The first of the nearest candidates, or -1 where there is none. */
export function nearestOf(distances: Float32Array, candidates: Int32Array): number {
  let nearest = -1;
  let least = Infinity;
  for (let i = 0; i < candidates.length; i++) {
    const distance = distances[candidates[i]!]!;
    if (distance >= least) continue;
    least = distance;
    nearest = candidates[i]!;
  }
  return nearest;
}

/** The first of the farthest candidates, or -1 where there is none. */
export function farthestOf(distances: Float32Array, candidates: Int32Array): number {
  let farthest = -1;
  let most = -Infinity;
  for (let i = 0; i < candidates.length; i++) {
    const distance = distances[candidates[i]!]!;
    if (distance <= most) continue;
    most = distance;
    farthest = candidates[i]!;
  }
  return farthest;
}
