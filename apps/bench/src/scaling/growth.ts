/** How a cost grows: it is proportional to `size` to the power of this. */
export interface Growth {
  /** Least squares of the logarithms over all sizes. */
  readonly fitted: number;
  /** Between the two largest sizes alone, where fixed costs matter least. */
  readonly last: number;
}

/**
 * The exponent of a power law.
 *
 * @param points sizes in rising order and what each cost, both above 0; at least two
 */
export function growthOf(points: readonly (readonly [size: number, cost: number])[]): Growth {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const mean = (axis: 0 | 1) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let products = 0;
  let squares = 0;
  for (const [x, y] of logs) {
    products += (x - meanX) * (y - meanY);
    squares += (x - meanX) ** 2;
  }
  const [before, end] = logs.slice(-2) as [(typeof logs)[0], (typeof logs)[0]];
  return { fitted: products / squares, last: (end[1] - before[1]) / (end[0] - before[0]) };
}
