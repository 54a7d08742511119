import { InvalidArgumentError } from '@ft/errors';
import { checkNumber } from '../input/check-number.ts';
import { multiply } from '../linear-algebra/multiply.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { metricOfWeights, rankOf, type LinearMetric } from '../linear-metric.ts';
import { fitPca } from '../maps/fit-pca.ts';
import { fista } from './fista.ts';
import { readMetricInput, type MetricInput } from './metric-input.ts';
import { biasUnit, lossCurvature, meanLoss } from './metric-problem.ts';
import { startPoint } from './start-point.ts';

/** How a factored metric is learned. */
export interface LearnFactoredMetricOptions extends MetricInput {
  /** Rows of L, 1 to `dimension`. Default `dimension`. */
  readonly outputDimension?: number;
  /** What is dropped together: `'inputs'`, columns of L, by default, or `'outputs'`, its rows. */
  readonly groups?: 'inputs' | 'outputs';
  /** Weight of the sum of the groups' lengths, >= 0: the larger, the more of them are dropped. Default 0.01. */
  readonly groupWeight?: number;
  /** At most, an integer from 1. Default 200. */
  readonly steps?: number;
  /** Stop where the gradient map times |L| is below this share of the objective, >= 0. Default 0.01. */
  readonly tolerance?: number;
}

/** A factored metric and how it came about. */
export interface FactoredMetric extends LinearMetric {
  /** Groups that are left: columns or rows of L, ascending. */
  readonly groups: Int32Array;
  /** Mean loss and penalty together, after each step; never rises. */
  readonly objectives: readonly number[];
  /** Was the tolerance reached? */
  readonly converged: boolean;
}

const where = 'learnFactoredMetric';

/**
 * Learns a metric M = Lᵀ L with whole columns or rows of L zero: the L, and for pairs the bias, with the least mean
 * loss + groupWeight · Σ |group|, by proximal gradient steps on L from the principal components. The problem is not
 * convex: what is found is a stationary point.
 *
 * @returns the metric with L as its weights
 * @throws InvalidArgumentError where the input or an option is not as documented, a kind of pair is absent, or the
 *   loss is the hinge, which is not smooth
 * @see Ying, Huang and Campbell, "Sparse metric learning via smooth optimization", NIPS 2009
 */
export function learnFactoredMetric(options: LearnFactoredMetricOptions): FactoredMetric {
  const { samples, loss, smooth } = readMetricInput(where, options);
  const { dimension: n, strata, embeddings } = samples;
  const {
    outputDimension: k = n,
    groups = 'inputs',
    groupWeight = 0.01,
    steps = 200,
    tolerance = 0.01,
  } = options;
  checkNumber(where, 'groupWeight', groupWeight, { least: 0 });
  checkNumber(where, 'steps', steps, { least: 1, integer: true });
  checkNumber(where, 'tolerance', tolerance, { least: 0 });
  if (!smooth) refuse('tripletLoss', "'squared-hinge', which is smooth", 'hinge');
  if (groups !== 'inputs' && groups !== 'outputs') refuse('groups', "'inputs' or 'outputs'", groups);
  if (!Number.isInteger(k) || k < 1 || k > n) {
    refuse('outputDimension', `an integer from 1 to the dimension, ${n}`, k);
  }

  const size = k * n;
  const lines = groups === 'inputs' ? n : k;
  const entries = (line: number): number[] =>
    groups === 'inputs'
      ? Array.from({ length: k }, (_, row) => row * n + line)
      : Array.from({ length: n }, (_, column) => line * n + column);
  const members = Array.from({ length: lines }, (_, line) => entries(line));

  const first = startPoint(samples, loss, { trace: 0, anchor: 0 });
  const { weights } = fitPca({ embeddings, dimension: n, components: k });
  // A scale of zero would be a stationary point.
  const scale = Math.sqrt(first.matrix[0]!) || 1;
  const curvature = lossCurvature(samples, loss, first);
  const unit = biasUnit(curvature);
  const start = new Float64Array(size + 1);
  start.set(weights.map((value) => value * scale));
  start[size] = first.bias / unit;

  const gradient = { matrix: new Float64Array(n * n), bias: 0 };
  const objectives: number[] = [];
  let converged = false;
  const x = fista(
    {
      smooth(coordinates, out) {
        const factor = coordinates.subarray(0, size);
        const { matrix } = metricOfWeights(factor, n, 0, null);
        const value = meanLoss(
          samples,
          loss,
          { matrix, bias: coordinates[size]! * unit },
          strata,
          out && gradient,
        );
        if (out === null) return value;
        out.set(multiply(factor, gradient.matrix, k, n, n).map((slope) => 2 * slope));
        out[size] = gradient.bias * unit;
        return value;
      },
      prox(v, step) {
        const shrunk = Float64Array.from(v);
        for (const group of members) {
          const length = lengthOf(v, group);
          const factor = length === 0 ? 0 : Math.max(0, 1 - (step * groupWeight) / length);
          for (const i of group) shrunk[i]! *= factor;
        }
        return shrunk;
      },
      penalty: (coordinates) =>
        groupWeight * members.reduce((sum, group) => sum + lengthOf(coordinates, group), 0),
    },
    start,
    {
      curvature: curvature.matrix * scale * scale || 1,
      maxSteps: steps,
      onStep({ x: last, objective, gradientMap }) {
        objectives.push(objective);
        const square = last.reduce((sum, value) => sum + value * value, 0);
        converged = gradientMap * Math.sqrt(square) <= tolerance * objective;
        return converged;
      },
    },
  );
  const left = Int32Array.from(members.keys()).filter((line) => lengthOf(x, members[line]!) > 0);
  const metric = metricOfWeights(x.slice(0, size), n, 0, loss.hasBias ? x[size]! * unit : null);
  return {
    ...metric,
    rank: rankOf(symmetricEigen(metric.matrix, n).values),
    groups: left,
    objectives,
    converged,
  };
}

function lengthOf(x: Float64Array, group: readonly number[]): number {
  return Math.sqrt(group.reduce((sum, i) => sum + x[i]! ** 2, 0));
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where, argument, expected, got });
}
