import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/random';
import { checkNumber } from '../input/check-number.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { metricOfMatrix, rankOf, type LinearMetric } from '../linear-metric.ts';
import { fista } from './fista.ts';
import { readMetricInput, type MetricInput } from './metric-input.ts';
import { biasUnit, lossCurvature, meanLoss, type MetricPoint } from './metric-problem.ts';
import { metricPenalty, psdProx } from './psd-prox.ts';
import { spgd } from './spgd.ts';
import { startPoint } from './start-point.ts';

/** How a metric is learned. */
export interface LearnMetricOptions extends MetricInput {
  /** Weight of the trace of M, >= 0: the larger, the lower its rank. Default 0. */
  readonly traceWeight?: number;
  /** Weight of half the squared Frobenius distance of M from the identity, >= 0. Default 0.001. */
  readonly anchorWeight?: number;
  /**
   * `'spgd'`, stochastic proximal gradient, by default. `'fista'` reaches the optimum itself in more time, and takes
   * smooth losses only.
   */
  readonly solver?: 'spgd' | 'fista';
  /** Samples in a step of `'spgd'`, an integer from 2. Default 512, and at most a tenth of the samples. */
  readonly batchSize?: number;
  /** Passes over the samples at most. Default 30 for `'spgd'`, 500 for `'fista'`. */
  readonly epochs?: number;
  /**
   * Stop where the gradient map times |M|, about the most that the objective can still fall, is below this share of
   * the objective, >= 0. Default 0.01.
   */
  readonly tolerance?: number;
  /** Draws the batches. */
  readonly random: Random;
}

/** How far learning was after a pass over the samples. */
export interface MetricEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss and penalties together. */
  readonly objective: number;
  /** Length of the gradient map, 0 at the optimum. */
  readonly gradientMap: number;
  readonly trace: number;
  /** Eigenvalues of M above 1e-6 of the largest. */
  readonly rank: number;
}

/** A metric and how it came about. */
export interface LearnedMetric extends LinearMetric {
  readonly history: readonly MetricEpoch[];
  /** Was the tolerance reached? */
  readonly converged: boolean;
}

/**
 * Learns a Mahalanobis metric from pairs or triplets of embeddings: the positive semidefinite M, and for pairs the
 * bias b, with the least mean loss + traceWeight · tr(M) + anchorWeight / 2 · |M - I|². The problem is convex.
 *
 * @returns the metric, whose matrix is symmetric positive semidefinite
 * @throws InvalidArgumentError where the input or an option is not as documented, a kind of pair is absent, or
 *   `'fista'` is asked for the hinge
 * @see Guillaumin et al., "Is that you? Metric learning approaches for face identification", ICCV 2009, for the loss
 */
export function learnMetric(options: LearnMetricOptions): LearnedMetric {
  const where = 'learnMetric';
  const { samples, loss, smooth } = readMetricInput(where, options);
  const { traceWeight = 0, anchorWeight = 1e-3, solver = 'spgd', tolerance = 0.01 } = options;
  const fewer = Math.max(2, Math.ceil(samples.near[0].length / 10));
  const { batchSize = Math.min(512, fewer) } = options;
  const { epochs = solver === 'fista' ? 500 : 30 } = options;
  checkNumber(where, 'traceWeight', traceWeight, { least: 0 });
  checkNumber(where, 'anchorWeight', anchorWeight, { least: 0 });
  checkNumber(where, 'batchSize', batchSize, { least: 2, integer: true });
  checkNumber(where, 'epochs', epochs, { least: 1, integer: true });
  checkNumber(where, 'tolerance', tolerance, { least: 0 });
  if (solver !== 'spgd' && !(solver === 'fista' && smooth)) {
    throw new InvalidArgumentError({
      where,
      argument: 'solver',
      expected: smooth ? "'spgd' or 'fista'" : "'spgd' for the hinge",
      got: solver,
      ...(smooth ? {} : { remedy: "'fista' takes the loss 'squared-hinge'." }),
    });
  }

  const { dimension } = samples;
  const penalty = { trace: traceWeight, anchor: anchorWeight };
  const start = startPoint(samples, loss, penalty);
  const curvature = lossCurvature(samples, loss, start);
  const history: MetricEpoch[] = [];
  let converged = false;
  const report = (matrix: Float64Array, objective: number, gradientMap: number): boolean => {
    const { values } = symmetricEigen(matrix, dimension);
    history.push({
      epoch: history.length + 1,
      objective,
      gradientMap,
      trace: values.reduce((sum, value) => sum + value, 0),
      rank: rankOf(values),
    });
    converged = gradientMap * Math.hypot(...values) <= tolerance * objective;
    return converged;
  };
  const problem = { samples, loss, penalty, curvature };
  const { matrix, bias } =
    solver === 'fista'
      ? exact(problem, start, epochs, report)
      : spgd(problem, start, { batchSize, epochs, random: options.random, report });
  return { ...metricOfMatrix(matrix, dimension, loss.hasBias ? bias : null), history, converged };
}

type Report = (matrix: Float64Array, objective: number, gradientMap: number) => boolean;

/** The optimum by {@link fista}, the bias being the last coordinate, in a unit that gives it the curvature of M. */
function exact(
  { samples, loss, penalty, curvature }: Parameters<typeof spgd>[0],
  start: MetricPoint,
  epochs: number,
  report: Report,
): MetricPoint {
  const n = samples.dimension;
  const size = n * n;
  const unit = biasUnit(curvature);
  const point = (x: Float64Array): MetricPoint => ({ matrix: x.subarray(0, size), bias: x[size]! * unit });
  const gradient = { matrix: new Float64Array(size), bias: 0 };
  const x = fista(
    {
      smooth(coordinates, out) {
        const value = meanLoss(samples, loss, point(coordinates), samples.strata, out && gradient);
        out?.set(gradient.matrix);
        if (out !== null) out[size] = gradient.bias * unit;
        return value;
      },
      prox: (v, step) => join(psdProx(v.subarray(0, size), n, step, penalty), v[size]!),
      penalty: (coordinates) => metricPenalty(coordinates, n, penalty),
    },
    join(start.matrix, start.bias / unit),
    {
      curvature: curvature.matrix || 1,
      maxSteps: epochs,
      onStep: ({ x: last, objective, gradientMap }) => report(last.subarray(0, size), objective, gradientMap),
    },
  );
  return point(x);
}

function join(matrix: Float64Array, bias: number): Float64Array {
  const joined = new Float64Array(matrix.length + 1);
  joined.set(matrix);
  joined[matrix.length] = bias;
  return joined;
}
