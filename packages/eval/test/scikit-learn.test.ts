import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  areaUnderRoc,
  calibratedProbability,
  equalErrorRate,
  evaluateCalibration,
  evaluateClustering,
  evaluateRetrieval,
  fitCalibration,
  mcnemarTest,
  tarAtFar,
  thresholdCurve,
  wilsonInterval,
} from '../src/index.ts';

interface Fixture {
  verification: {
    distances: number[];
    same: number[];
    auc: number;
    eer: number;
    tarAtFar: [number, number][];
    platt: { slope: number; intercept: number };
    isotonic: { grid: number[]; probabilities: number[] };
    probabilities: number[];
    brier: number;
    logLoss: number;
    reliability: { shares: number[]; means: number[] };
  }[];
  retrieval: { embeddings: number[]; dimension: number; labels: number[]; map: number; mrr: number };
  clustering: {
    labels: number[];
    clusters: number[];
    nmi: number;
    ami: number;
    ari: number;
    precision: number;
    recall: number;
  }[];
  proportions: { successes: number; trials: number; low: number; high: number }[];
  mcnemar: { onlyFirst: number; onlySecond: number; pValue: number }[];
}

const path = new URL('../fixtures/scikit-learn.json', import.meta.url);
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;

/** Equal within 1e-9, number by number. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const gaps = actual.map((value, i) => Math.abs(value - expected[i]!));
  expect(Math.max(...gaps)).toBeLessThan(1e-9);
}

test.each(fixture.verification.map((data, i) => [i === 0 ? 'with ties' : 'without ties', data] as const))(
  'verification and calibration, %s',
  (_, data) => {
    const curve = thresholdCurve(data);
    expectClose([areaUnderRoc(curve), equalErrorRate(curve).rate], [data.auc, data.eer]);
    const rates = data.tarAtFar.map(([far]) => tarAtFar(curve, far).tar);
    expectClose(
      rates,
      data.tarAtFar.map(([, tar]) => tar),
    );

    const platt = fitCalibration(data, 'platt');
    expectClose(
      data.distances.map((distance) => calibratedProbability(platt, distance)),
      data.probabilities,
    );
    const { slope, intercept } = platt as { slope: number; intercept: number };
    expectClose([slope, intercept], [data.platt.slope, data.platt.intercept]);
    const isotonic = fitCalibration(data, 'isotonic');
    const { grid, probabilities } = data.isotonic;
    expectClose(
      grid.map((distance) => calibratedProbability(isotonic, distance)),
      probabilities,
    );

    const { brier, logLoss, bins } = evaluateCalibration(data.probabilities, data.same, 10);
    expectClose([brier, logLoss], [data.brier, data.logLoss]);
    expectClose(
      bins.map(({ sameShare }) => sameShare),
      data.reliability.shares,
    );
    expectClose(
      bins.map(({ meanProbability }) => meanProbability),
      data.reliability.means,
    );
  },
);

test('mean average precision and reciprocal rank', () => {
  const { embeddings, dimension, labels, map, mrr } = fixture.retrieval;
  const result = evaluateRetrieval({
    embeddings: Float32Array.from(embeddings),
    dimension,
    labels: Int32Array.from(labels),
    measure: 'euclidean',
  });
  expectClose([result.map, result.mrr], [map, mrr]);
});

test('clusterings', () => {
  for (const { labels, clusters, nmi, ami, ari, precision, recall } of fixture.clustering) {
    const result = evaluateClustering(labels, clusters);
    expectClose(
      [result.nmi, result.ami, result.ari, result.pairwise.precision, result.pairwise.recall],
      [nmi, ami, ari, precision, recall],
    );
  }
});

test('intervals of proportions and the McNemar test', () => {
  for (const { successes, trials, low, high } of fixture.proportions) {
    const interval = wilsonInterval(successes, trials);
    expectClose([interval.low, interval.high], [low, high]);
  }
  for (const { onlyFirst, onlySecond, pValue } of fixture.mcnemar) {
    const first = [...new Array<number>(onlyFirst).fill(1), ...new Array<number>(onlySecond).fill(0)];
    expectClose(
      [
        mcnemarTest(
          first,
          first.map((right) => 1 - right),
        ).pValue,
      ],
      [pValue],
    );
  }
});
