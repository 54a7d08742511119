import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { accelerate } from './accelerate.ts';
import { loadedNativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

const isInstalled = (await installedEngines()).length > 0;
if (isInstalled) await selectEngine({ require: 'tensorflow' });

const random = (rows: number, columns: number, seed: number, mean = 0) =>
  tf.randomNormal<tf.Rank.R2>([rows, columns], mean, 1, 'float32', seed);
const run = (name: string, inputs: Record<string, tf.Tensor>, attrs = {}) =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs);
const rowsOf = (x: tf.Tensor) => x.arraySync() as number[][];

/** Largest difference over the largest number. */
function difference(got: tf.Tensor, wanted: number[][]): number {
  const flat = wanted.flat();
  expect(got.shape).toEqual([wanted.length, wanted[0]!.length]);
  const size = flat.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const numbers = got.dataSync() as Float32Array;
  return numbers.reduce((most, value, i) => Math.max(most, Math.abs(value - flat[i]!)), 0) / size;
}

const squaredDistance = (p: number[], q: number[]) => p.reduce((sum, v, k) => sum + (v - q[k]!) ** 2, 0);

const product = (a: number[][], b: number[][]) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));

// Sizes on both sides of a tile, of a vector, and of what several threads are worth.
const sizes = [
  [1, 2],
  [5, 3],
  [64, 8],
  [65, 17],
  [200, 128],
  [600, 230],
] as const;

describe.runIf(isInstalled && hasOwnOperations(loadedNativeBackend()!))('matrix kernels', () => {
  beforeAll(() => void accelerate());

  test.each(sizes)('rows at length 1, and their gradient: [%i, %i]', (n, d) => {
    tf.tidy(() => {
      const x = tf.mul(random(n, d, 1), 100) as tf.Tensor2D;
      const [y, inverse] = run('FtUnitRows', { x }) as tf.Tensor[];
      const lengths = rowsOf(x).map((row) => Math.hypot(...row));
      const unit = rowsOf(x).map((row, i) => row.map((v) => v / lengths[i]!));
      expect(difference(y!, unit)).toBeLessThan(1e-7);
      expect(
        difference(
          tf.reshape(inverse!, [n, 1]),
          lengths.map((l) => [1 / l]),
        ),
      ).toBeLessThan(1e-7);
      const dy = random(n, d, 2);
      const dx = run('FtUnitRowsGradient', { dy, y: y!, inverse: inverse! }) as tf.Tensor;
      const wanted = rowsOf(dy).map((row, i) => {
        const radial = row.reduce((sum, v, k) => sum + v * unit[i]![k]!, 0);
        return row.map((v, k) => (v - radial * unit[i]![k]!) / lengths[i]!);
      });
      expect(difference(dx, wanted)).toBeLessThan(1e-6);
    });
  });

  test('a row of zeros stays, one with NaN is NaN', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([0, 0, 1e-20, 0, Number.NaN, 1], [3, 2]);
      const [y, inverse] = run('FtUnitRows', { x }) as tf.Tensor[];
      expect([...y!.dataSync()]).toEqual([0, 0, 0, 0, Number.NaN, Number.NaN]);
      expect([...inverse!.dataSync()]).toEqual([0, 0, Number.NaN]);
    });
  });

  test.each(sizes)('distances, to the points themselves and to others: [%i, %i]', (n, d) => {
    tf.tidy(() => {
      const x = random(n, d, 3, 50);
      const y = random(n + 2, d, 4, 50);
      for (const [others, root] of [
        [undefined, false],
        [undefined, true],
        [y, true],
      ] as const) {
        const got = run('FtPairwiseDistances', others ? { x, y: others } : { x }, { root }) as tf.Tensor;
        const squared = rowsOf(x).map((p) => rowsOf(others ?? x).map((q) => squaredDistance(p, q)));
        const wanted = squared.map((row) => row.map((v) => (root ? Math.sqrt(v) : v)));
        expect(difference(got, wanted)).toBeLessThan(2e-6);
        if (others !== undefined) continue;
        const cells = rowsOf(got);
        cells.forEach((row, i) => expect(row[i]).toBe(0));
        expect(rowsOf(tf.transpose(got))).toEqual(cells);
      }
    });
  });

  test('close points keep their digits, and copies have distance 0', () => {
    tf.tidy(() => {
      const far = random(70, 16, 5);
      const x = tf.concat([far, tf.add(far, 1e-5), far]) as tf.Tensor2D;
      const got = rowsOf(run('FtPairwiseDistances', { x }) as tf.Tensor);
      const points = rowsOf(x);
      for (let i = 0; i < 70; i++) {
        expect(got[i]![140 + i]).toBe(0);
        const wanted = squaredDistance(points[i]!, points[70 + i]!);
        expect(Math.abs(got[i]![70 + i]! - wanted) / wanted).toBeLessThan(1e-6);
      }
    });
  });

  test('NaN stays in its row and column', () => {
    tf.tidy(() => {
      const x = tf.concat([random(66, 4, 6), tf.mul(tf.ones([1, 4]), Number.NaN)]) as tf.Tensor2D;
      const got = rowsOf(run('FtPairwiseDistances', { x: tf.sub(x, 0) }, { root: true }) as tf.Tensor);
      expect(got[66]!.slice(0, 66).every(Number.isNaN)).toBe(true);
      expect(got.slice(0, 66).every((row) => Number.isNaN(row[66]))).toBe(true);
    });
  });

  test.each([1, 5, 64, 128, 129, 200, 600])(
    'a matrix and its transpose, and the Laplacian of slopes: %i',
    (n) => {
      tf.tidy(() => {
        const slopes = random(n, n, 7);
        const s = rowsOf(slopes);
        const sum = run('FtAddTranspose', { x: slopes }) as tf.Tensor;
        expect(
          difference(
            sum,
            s.map((row, i) => row.map((v, j) => v + s[j]![i]!)),
          ),
        ).toBeLessThan(1e-6);
        const points = random(n, 6, 8);
        const distances = run('FtPairwiseDistances', { x: points }, { root: true }) as tf.Tensor2D;
        const d = rowsOf(distances);
        for (const given of [distances, undefined]) {
          const inputs = given ? { slopes, distances: given } : { slopes };
          const got = run('FtLaplacian', inputs) as tf.Tensor;
          const weights = s.map((row, i) =>
            row.map((v, j) => {
              if (i === j) return 0;
              const both = v + s[j]![i]!;
              return given ? both / d[i]![j]! : 2 * both;
            }),
          );
          const wanted = weights.map((row, i) =>
            row.map((w, j) => (i === j ? row.reduce((a, b) => a + b, 0) : -w)),
          );
          expect(difference(got, wanted)).toBeLessThan(1e-6);
        }
      });
    },
  );

  // On both sides of a block's rows, columns and depth, and of what several threads are worth.
  test.each([
    [16, 16, 1],
    [17, 33, 7],
    [48, 64, 128],
    [65, 47, 257],
    [130, 129, 300],
    [300, 200, 520],
  ])(
    'products of [%i, %i] with a depth of %i, of matrices and of their transposes',
    (rows, columns, depth) => {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          tf.tidy(() => {
            const a = transposeA ? random(depth, rows, 9) : random(rows, depth, 9);
            const b = transposeB ? random(columns, depth, 10) : random(depth, columns, 10);
            const [plainA, plainB] = [transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b];
            const got = tf.matMul(a, b, transposeA, transposeB);
            expect(difference(got, product(rowsOf(plainA), rowsOf(plainB)))).toBeLessThan(2e-6);
          });
        }
      }
    },
  );

  test('a small product is the own operation, and NaN stays in its row or column', () => {
    tf.tidy(() => {
      const native = loadedNativeBackend()!;
      const calls = vi.spyOn(native, 'executeSingleOutput');
      const [a, b] = [random(20, 30, 1).arraySync(), random(30, 40, 2).arraySync()];
      a[3]![7] = Number.NaN;
      b[5]![8] = Number.NaN;
      const got = rowsOf(tf.matMul(tf.tensor2d(a), tf.tensor2d(b)));
      expect(calls.mock.calls.map(([name]) => name)).toEqual(['FtProduct']);
      calls.mockRestore();
      got.forEach((row, i) => row.forEach((v, j) => expect(Number.isNaN(v)).toBe(i === 3 || j === 8)));
    });
  });

  // On both sides of a vector, of a block of sums, and of what several threads are worth.
  test.each([
    [3, 1, 1],
    [5, 7, 1],
    [9, 16, 2],
    [130, 41, 3],
    [20, 1100, 1],
    [200, 1000, 1],
  ])('cross-entropies and their slopes: %i rows, %i classes of %i centers', (rows, classes, centers) => {
    tf.tidy(() => {
      const cells = tf.mul(random(rows, classes * centers, 11), 8) as tf.Tensor2D;
      const bias = tf.reshape(random(1, classes, 12), [-1]);
      const [right, slope] = [13, 14].map((seed) => tf.reshape(random(rows, 1, seed), [-1]));
      const labels = Int32Array.from({ length: rows }, (_, i) => (7 * i) % classes);
      const targets = tf.tensor1d(labels, 'int32');
      const numbers = rowsOf(cells);
      const replacing = { right: right!, slope: slope! };
      for (const extra of [{}, { bias }, replacing, { bias, ...replacing }]) {
        if ('bias' in extra && centers > 1) continue;
        const outputs = run('FtCrossEntropy', { cells, targets, ...extra }, { centers, weight: 0.25 });
        const [terms, slopes, ofBias] = outputs as tf.Tensor[];
        const replaced = 'right' in extra;
        const wanted = numbers.map((row, i) => {
          const places = Array.from({ length: classes }, (_, c) => {
            const own = row.slice(c * centers, (c + 1) * centers);
            return c * centers + own.indexOf(Math.max(...own));
          });
          const offsets = 'bias' in extra ? [...bias.dataSync()] : [];
          const logits = places.map((place, c) => row[place]! + (offsets[c] ?? 0));
          if (replaced) logits[labels[i]!] = right!.dataSync()[i]!;
          const top = Math.max(...logits);
          const total = logits.reduce((sum, z) => sum + Math.exp(z - top), 0);
          const all = new Array<number>(classes * centers).fill(0);
          logits.forEach((z, c) => (all[places[c]!] = Math.exp(z - top) / total / 4));
          const place = places[labels[i]!]!;
          all[place] = (all[place]! - 1 / 4) * (replaced ? slope!.dataSync()[i]! : 1);
          return { term: [Math.log(total) + top - logits[labels[i]!]!], all };
        });
        expect(
          difference(
            tf.reshape(terms!, [rows, 1]),
            wanted.map(({ term }) => term),
          ),
        ).toBeLessThan(1e-6);
        expect(
          difference(
            slopes!,
            wanted.map(({ all }) => all),
          ),
        ).toBeLessThan(1e-6);
        if (!('bias' in extra)) continue;
        const inBias = wanted.map(({ all }) => all).reduce((sum, all) => sum.map((v, c) => v + all[c]!));
        expect(difference(tf.reshape(ofBias!, [1, classes]), [inBias])).toBeLessThan(1e-5);
      }
    });
  });

  // On both sides of a vector, of a block of sums, and of what several threads are worth.
  test.each([7, 16, 50, 150, 1100])('the angular loss of %i rows and its slopes', (n) => {
    tf.tidy(() => {
      const s = tf.mul(random(n, n, 15), 0.4) as tf.Tensor2D;
      // Every seventh row is alone; the others are in classes of different sizes, row by row.
      const classes = [2, 3, 5].map((_, c) =>
        Array.from({ length: n }, (_unused, row) => row).filter(
          (row) => row % 7 > 0 && row % 3 === c && row < 40,
        ),
      );
      const used = classes.filter((members) => members.length > 1);
      const starts = used.reduce((all, members) => [...all, all.at(-1)! + members.length], [0]);
      const [steepness, pull, weight] = [2.8, 3.4, 0.5];
      const [terms, slopes] = run(
        'FtAngular',
        {
          similarities: s,
          members: tf.tensor1d(used.flat(), 'int32'),
          starts: tf.tensor1d(starts, 'int32'),
        },
        { steepness, pull, weight },
      ) as tf.Tensor[];
      const cells = rowsOf(s);
      const wantedTerms: number[][] = [];
      const wanted = cells.map((row) => row.map(() => 0));
      for (const members of used) {
        const negatives = [...cells.keys()].filter((row) => !members.includes(row));
        for (const [i, first] of members.entries()) {
          for (const second of members.slice(i + 1)) {
            for (const [anchor, positive] of [
              [first, second],
              [second, first],
            ] as const) {
              const rises = negatives.map((j) =>
                Math.exp(steepness * (cells[anchor]![j]! + cells[positive]![j]!)),
              );
              const sum = rises.reduce((all, rise) => all + rise, 0);
              const odds = sum * Math.exp(-pull * cells[anchor]![positive]!);
              wantedTerms.push([Math.log1p(odds)]);
              const slope = (weight * odds) / (1 + odds);
              wanted[anchor]![positive]! -= pull * slope;
              negatives.forEach((j, k) => {
                wanted[anchor]![j]! += (slope * steepness * rises[k]!) / sum;
                wanted[positive]![j]! += (slope * steepness * rises[k]!) / sum;
              });
            }
          }
        }
      }
      expect(difference(tf.reshape(terms!, [-1, 1]), wantedTerms)).toBeLessThan(1e-6);
      expect(difference(slopes!, wanted)).toBeLessThan(2e-6);
    });
  });

  test('cross-entropies of logits far apart are exact, and NaN and infinity make their row NaN', () => {
    tf.tidy(() => {
      const cells = tf.tensor2d([0, -1e6, 3e38, 0, 0, Number.NaN, 0, Number.POSITIVE_INFINITY], [4, 2]);
      const targets = tf.tensor1d([1, 1, 0, 0], 'int32');
      const [terms, slopes] = run('FtCrossEntropy', { cells, targets }) as tf.Tensor[];
      expect([...terms!.dataSync()]).toEqual([1e6, Math.fround(3e38), Number.NaN, Number.NaN]);
      expect(rowsOf(slopes!).slice(0, 2)).toEqual([
        [1, -1],
        [1, -1],
      ]);
      expect(
        rowsOf(slopes!)
          .slice(2)
          .every((row) => row.some(Number.isNaN)),
      ).toBe(true);
    });
  });
});
