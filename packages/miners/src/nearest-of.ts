/** The first of the nearest candidates whose distance lies above `above`, or -1 where there is none. */
export function nearestOf(distances: Float32Array, candidates: Int32Array, above = -Infinity): number {
  let nearest = -1;
  let least = Infinity;
  for (let i = 0; i < candidates.length; i++) {
    const distance = distances[candidates[i]!]!;
    if (distance >= least || distance <= above) continue;
    least = distance;
    nearest = candidates[i]!;
  }
  return nearest;
}

/** The first of the farthest candidates whose distance lies below `below`, or -1 where there is none. */
export function farthestOf(distances: Float32Array, candidates: Int32Array, below = Infinity): number {
  let farthest = -1;
  let most = -Infinity;
  for (let i = 0; i < candidates.length; i++) {
    const distance = distances[candidates[i]!]!;
    if (distance <= most || distance >= below) continue;
    most = distance;
    farthest = candidates[i]!;
  }
  return farthest;
}
