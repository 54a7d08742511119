import { InvalidArgumentError } from '@ft/errors';
import { expectedMutualInformation } from './expected-mutual-information.ts';

/** How well clusters agree with classes. Plain JSON. */
export interface ClusteringResult {
  /** Normalised mutual information, over the mean of the two entropies, 0 to 1. */
  readonly nmi: number;
  /** The same adjusted for chance: 0 for independent clusters on average, 1 for equal ones. */
  readonly ami: number;
  /** Adjusted Rand index: 0 for independent clusters on average, 1 for equal ones. */
  readonly ari: number;
  /** Of two items: are they of one class where they are in one cluster (precision), and the other way (recall)? */
  readonly pairwise: { readonly precision: number; readonly recall: number; readonly f: number };
}

/**
 * Compares a clustering with the true classes. The names of clusters and classes don't matter.
 *
 * @param labels class of each item, [items], at least one
 * @param clusters cluster of each item, [items]
 * @throws InvalidArgumentError where lengths differ or there is no item
 * @see Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison", JMLR 11 (2010);
 *   Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985)
 */
export function evaluateClustering(labels: ArrayLike<number>, clusters: ArrayLike<number>): ClusteringResult {
  const where = 'evaluateClustering';
  const items = labels.length;
  if (items === 0) {
    throw new InvalidArgumentError({ where, argument: 'labels', expected: 'at least one', got: labels });
  }
  if (clusters.length !== items) {
    throw new InvalidArgumentError({
      where,
      argument: 'clusters',
      expected: `of the length of labels, ${items}`,
      got: clusters,
    });
  }
  const classSizes = new Map<number, number>();
  const clusterSizes = new Map<number, number>();
  const shared = new Map<number, Map<number, number>>();
  for (let item = 0; item < items; item++) {
    increment(classSizes, labels[item]!);
    increment(clusterSizes, clusters[item]!);
    let row = shared.get(labels[item]!);
    if (row === undefined) shared.set(labels[item]!, (row = new Map()));
    increment(row, clusters[item]!);
  }
  const rows = [...classSizes.values()];
  const columns = [...clusterSizes.values()];
  const cells = [...shared].flatMap(([label, row]) =>
    Array.from(row, ([cluster, size]) => ({
      size,
      expected: (classSizes.get(label)! * clusterSizes.get(cluster)!) / items,
    })),
  );

  // Two partitions that are trivial in the same way are equal.
  const trivial = rows.length === columns.length && (rows.length === 1 || rows.length === items);
  const information = cells.reduce(
    (sum, { size, expected }) => sum + (size / items) * Math.log(size / expected),
    0,
  );
  const entropy = (entropyOf(rows, items) + entropyOf(columns, items)) / 2;
  const byChance = expectedMutualInformation(rows, columns, items);
  return {
    nmi: trivial ? 1 : entropy === 0 ? 0 : Math.min(1, Math.max(0, information / entropy)),
    ami: trivial ? 1 : (information - byChance) / awayFromZero(entropy - byChance),
    ...pairCounts(
      rows,
      columns,
      cells.map(({ size }) => size),
      items,
    ),
  };
}

/** A difference that rounding may have made 0, as the divisor it stands for. */
function awayFromZero(value: number): number {
  return value < 0 ? Math.min(value, -Number.EPSILON) : Math.max(value, Number.EPSILON);
}

function entropyOf(sizes: readonly number[], items: number): number {
  return sizes.reduce((sum, size) => sum - (size / items) * Math.log(size / items), 0);
}

function pairCounts(
  rows: readonly number[],
  columns: readonly number[],
  cells: readonly number[],
  items: number,
): Pick<ClusteringResult, 'ari' | 'pairwise'> {
  const together = pairsWithin(cells);
  const inClass = pairsWithin(rows);
  const inCluster = pairsWithin(columns);
  const all = pairsWithin([items]);
  const precision = inCluster === 0 ? 1 : together / inCluster;
  const recall = inClass === 0 ? 1 : together / inClass;
  const expected = all === 0 ? 0 : (inClass * inCluster) / all;
  const most = (inClass + inCluster) / 2;
  const equal = together === inClass && together === inCluster;
  return {
    ari: equal ? 1 : (together - expected) / (most - expected),
    pairwise: {
      precision,
      recall,
      f: together === 0 && !equal ? 0 : (2 * precision * recall) / (precision + recall),
    },
  };
}

function pairsWithin(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
}

function increment(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
