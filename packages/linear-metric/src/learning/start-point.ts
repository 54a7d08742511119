import { fista } from './fista.ts';
import { meanLoss, type MetricPoint, type MetricSamples, type SampleLoss } from './metric-problem.ts';
import type { MetricPenalty } from './psd-prox.ts';

/**
 * The best multiple of the identity, with its bias: a start that has the scale right whatever that of the
 * embeddings. For a loss without a bias, whose margin sets the scale, the identity itself.
 */
export function startPoint(samples: MetricSamples, loss: SampleLoss, penalty: MetricPenalty): MetricPoint {
  const { dimension, strata } = samples;
  const identity = new Float64Array(dimension * dimension);
  for (let i = 0; i < dimension; i++) identity[i * dimension + i] = 1;
  if (!loss.hasBias) return { matrix: identity, bias: 0 };

  const values = new Float64Array(samples.near[0].length);
  const record = {
    hasBias: false,
    loss: (value: number, sample: number) => (values[sample] = value),
    slope: () => 0,
  };
  meanLoss(samples, record, { matrix: identity, bias: 0 }, strata, null);
  const unit = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  if (unit === 0) return { matrix: identity, bias: 0 };

  // In units of the usual distance both coordinates have the same curvature.
  const trace = (penalty.trace * dimension) / unit;
  const anchor = (penalty.anchor * dimension) / (unit * unit);
  const [scale, bias] = fista(
    {
      smooth(x, gradient) {
        let total = 0;
        gradient?.fill(0);
        for (const stratum of strata) {
          const share = 1 / (strata.length * stratum.length);
          for (const sample of stratum) {
            const size = values[sample]! / unit;
            const value = size * x[0]! - x[1]!;
            total += share * loss.loss(value, sample);
            if (gradient === null) continue;
            const slope = share * loss.slope(value, sample);
            gradient[0]! += slope * size;
            gradient[1]! -= slope;
          }
        }
        return total;
      },
      prox: ([v, w], step) =>
        Float64Array.of(Math.max(0, (v! + step * (anchor * unit - trace)) / (1 + step * anchor)), w!),
      penalty: ([x]) => trace * x! + (anchor / 2) * (x! - unit) ** 2,
    },
    Float64Array.of(unit, unit),
    { curvature: 1 / 4, maxSteps: 200, onStep: ({ gradientMap }) => gradientMap < 1e-6 },
  ) as unknown as [number, number];
  return { matrix: identity.map((value) => (value * scale) / unit), bias };
}
