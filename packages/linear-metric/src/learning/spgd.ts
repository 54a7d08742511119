import type { Random } from '@ft/random';
import {
  biasUnit,
  meanLoss,
  type Curvature,
  type MetricPoint,
  type MetricSamples,
  type SampleLoss,
} from './metric-problem.ts';
import { metricPenalty, psdProx, type MetricPenalty } from './psd-prox.ts';

/** A metric learning problem. */
export interface MetricProblem {
  readonly samples: MetricSamples;
  readonly loss: SampleLoss;
  readonly penalty: MetricPenalty;
  /** At the start. */
  readonly curvature: Curvature;
}

/** What steps are multiplied by after an epoch that lowered the objective, and after one that did not. */
const longer = 1.3;
const shorter = 0.5;

/**
 * Stochastic proximal gradient steps with variance reduction: the gradient of a batch is corrected by what it is
 * for the same batch, and for all samples, at the point of the last epoch's end. Every batch has as many samples of
 * each stratum. An epoch that would raise the objective is taken back, and the next one takes shorter steps. All
 * iterates are positive semidefinite.
 *
 * @param report called after each epoch with the point that it ended at; true ends
 * @see Xiao and Zhang, "A proximal stochastic gradient method with progressive variance reduction" (2014)
 */
export function spgd(
  { samples, loss, penalty, curvature }: MetricProblem,
  start: MetricPoint,
  {
    batchSize,
    epochs,
    random,
    report,
  }: {
    readonly batchSize: number;
    readonly epochs: number;
    readonly random: Random;
    readonly report: (matrix: Float64Array, objective: number, gradientMap: number) => boolean;
  },
): MetricPoint {
  const { dimension, strata } = samples;
  const safeStep = 1 / (curvature.matrix || 1);
  const biasScale = biasUnit(curvature) ** 2;
  const each = Math.max(1, Math.floor(batchSize / strata.length));
  const draws = strata.map((stratum) => cyclicDraw(stratum, random));
  const perEpoch = Math.max(...strata.map((stratum) => Math.ceil(stratum.length / each)));
  const zero = (): MetricPoint => ({ matrix: new Float64Array(dimension * dimension), bias: 0 });
  const [batchGradient, batchAtBest, nextGradient] = [zero(), zero(), zero()];
  const objectiveAt = (point: MetricPoint) =>
    meanLoss(samples, loss, point, strata, nextGradient) + metricPenalty(point.matrix, dimension, penalty);
  const move = (from: MetricPoint, { matrix, bias }: MetricPoint, step: number): MetricPoint => ({
    matrix: psdProx(
      from.matrix.map((value, i) => value - step * matrix[i]!),
      dimension,
      step,
      penalty,
    ),
    bias: from.bias - step * biasScale * bias,
  });

  let best = start;
  let objective = objectiveAt(best);
  let gradient: MetricPoint = { matrix: nextGradient.matrix.slice(), bias: nextGradient.bias };
  let step = safeStep;
  for (let epoch = 0; epoch < epochs; epoch++) {
    let point = best;
    for (let i = 0; i < perEpoch; i++) {
      const batch = draws.map((draw, kind) => draw(Math.min(each, strata[kind]!.length)));
      meanLoss(samples, loss, point, batch, batchGradient);
      meanLoss(samples, loss, best, batch, batchAtBest);
      const corrected = {
        matrix: gradient.matrix.map(
          (value, k) => value + (batchGradient.matrix[k]! - batchAtBest.matrix[k]!),
        ),
        bias: gradient.bias + (batchGradient.bias - batchAtBest.bias),
      };
      point = move(point, corrected, step);
    }
    const reached = objectiveAt(point);
    if (reached < objective) {
      best = point;
      objective = reached;
      gradient = { matrix: nextGradient.matrix.slice(), bias: nextGradient.bias };
      step *= longer;
    } else {
      step *= shorter;
    }
    const further = move(best, gradient, safeStep);
    let square = (further.bias - best.bias) ** 2 / biasScale;
    for (let k = 0; k < further.matrix.length; k++) {
      square += (further.matrix[k]! - best.matrix[k]!) ** 2;
    }
    if (report(best.matrix, objective, Math.sqrt(square) / safeStep)) break;
  }
  return best;
}

/** Draws without repetition until every item was drawn, then anew. */
function cyclicDraw(items: Int32Array, random: Random): (count: number) => Int32Array {
  const order = random.shuffle(Int32Array.from(items));
  let next = 0;
  return (count) =>
    Int32Array.from({ length: count }, () => {
      if (next === order.length) {
        random.shuffle(order);
        next = 0;
      }
      return order[next++]!;
    });
}
