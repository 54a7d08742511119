import { createRandom } from '@ft/random';
import { describe, expect, test } from 'vitest';
import {
  allPairsCurve,
  areaUnderRoc,
  bootstrapVerification,
  calibrate,
  calibratedProbability,
  compareVerification,
  evaluateBlufr,
  evaluateCalibration,
  evaluateClustering,
  evaluateDecision,
  evaluateIdentification,
  evaluateRetrieval,
  evaluateVerification,
  createGallery,
  fpirThreshold,
  pairDistances,
  rocBand,
  splitGallery,
  thresholdCurve,
  worstErrors,
} from '../src/index.ts';

const random = createRandom(1);
const count = 40;
const identityA = Array.from({ length: count }, (_, pair) => pair % 8);
const identityB = identityA.map((person, pair) => (pair % 2 === 0 ? person : (person + 3) % 8));
const pairs = {
  distances: identityA.map((person, pair) => (person === identityB[pair] ? 0.5 : 1) + 0.4 * random.normal()),
  same: identityA.map((person, pair) => person === identityB[pair]),
  identityA,
  identityB,
};
const folds = identityA.map((_, pair) => Math.floor(pair / 4));
const labels = Int32Array.from({ length: 24 }, (_, row) => row % 8);
const set = {
  embeddings: Float32Array.from({ length: 24 * 2 }, () => random.normal()),
  dimension: 2,
  measure: 'euclidean' as const,
};
const split = splitGallery(labels, { random, people: 4 });
const options = { random, replicates: 100 };
const model = { model: 'm', measure: 'euclidean' as const };
const point = calibrate(pairs, model);
const gallery = createGallery({ ...set, names: Array.from(labels, String) });

/** Everything that takes pairs. */
const ofPairs: Record<string, (given: typeof pairs) => unknown> = {
  thresholdCurve,
  evaluateVerification: (given) => evaluateVerification({ ...given, folds }),
  bootstrapVerification: (given) => bootstrapVerification(given, areaUnderRoc, options),
  rocBand: (given) => rocBand(given, options),
  compareVerification: (given) => compareVerification(pairs, given.distances, areaUnderRoc, options),
  calibrate: (given) => calibrate(given, model),
};
/** Everything that takes labelled embeddings. */
const ofEmbeddings: Record<string, (given: typeof set, own: Int32Array) => unknown> = {
  allPairsCurve,
  evaluateIdentification: (given, own) => evaluateIdentification({ ...given, labels: own, split }),
  evaluateRetrieval: (given, own) => evaluateRetrieval({ ...given, labels: own }),
  fpirThreshold: (given, own) => fpirThreshold({ ...given, labels: own, people: 3, limit: 0.1, random }),
  evaluateBlufr: (given, own) =>
    evaluateBlufr({ ...given, labels: own, random, trials: 2, trainingPeople: 2, enrolledPeople: 3 }),
  createGallery: (given, own) => createGallery({ ...given, names: Array.from(own, String) }),
  evaluateDecision: (given, own) =>
    evaluateDecision(
      gallery,
      { embeddings: given.embeddings, names: Array.from(own, String) },
      { point },
      random,
    ),
};
const coded = expect.objectContaining({ code: 'FT_INVALID_ARGUMENT' });

describe.each(Object.entries(ofPairs))('%s', (_, run) => {
  test('takes good pairs', () => {
    expect(run(pairs)).toBeDefined();
  });
  test.each([Number.NaN, Infinity])('refuses a distance of %d', (wrong) => {
    expect(() => run({ ...pairs, distances: pairs.distances.with(7, wrong) })).toThrow(coded);
  });
  test('refuses lists of different length', () => {
    expect(() => run({ ...pairs, distances: pairs.distances.slice(1) })).toThrow(coded);
  });
  test.each([true, false])('refuses one class alone: same %s', (kind) => {
    const rows = [...pairs.same.keys()].filter((pair) => pairs.same[pair] === kind);
    const of = <T>(values: readonly T[]) => rows.map((pair) => values[pair]!);
    const one = {
      distances: of(pairs.distances),
      same: of(pairs.same),
      identityA: of(identityA),
      identityB: of(identityB),
    };
    expect(() => run(one)).toThrow(coded);
  });
});

describe.each(Object.entries(ofEmbeddings))('%s', (_, run) => {
  test('takes good embeddings', () => {
    expect(run(set, labels)).toBeDefined();
  });
  test('refuses NaN, broken rows and labels of another length', () => {
    expect(() => run({ ...set, embeddings: set.embeddings.with(9, Number.NaN) }, labels)).toThrow(coded);
    expect(() => run({ ...set, embeddings: set.embeddings.subarray(1) }, labels)).toThrow(coded);
    expect(() => run(set, labels.subarray(1))).toThrow(coded);
  });
});

test('scores that are all equal say nothing, and every measure says so', () => {
  const constant = { ...pairs, distances: pairs.distances.map(() => 0.7) };
  expect(evaluateVerification({ ...constant, folds })).toMatchObject({
    accuracy: 0.5,
    auc: 0.5,
    eer: { rate: 0.5 },
  });
  const measured = bootstrapVerification(constant, areaUnderRoc, options);
  expect(measured).toMatchObject({ estimate: 0.5, standardError: 0, interval: { low: 0.5, high: 0.5 } });
  expect(compareVerification(constant, constant.distances, areaUnderRoc, options)).toMatchObject({
    difference: 0,
    pValue: 1,
  });
  const fitted = calibrate(constant, { ...model, method: 'platt' });
  expect(calibratedProbability(fitted.calibration, 0.7)).toBeCloseTo(0.5, 6);
  const collapsed = { ...set, embeddings: set.embeddings.map(() => 1) };
  expect(evaluateIdentification({ ...collapsed, labels, split })).toMatchObject({ cmc: [0, 0, 0, 1] });
  expect(fpirThreshold({ ...collapsed, labels, people: 3, limit: 0.5, random })).toMatchObject({ fpir: 0 });
  expect(areaUnderRoc(allPairsCurve(collapsed, labels))).toBe(0.5);
});

test('scores without an overlap are perfect, with probabilities that are still finite', () => {
  const apart = { ...pairs, distances: pairs.same.map((same) => (same ? 1 : 2)) };
  expect(evaluateVerification({ ...apart, folds })).toMatchObject({ accuracy: 1, auc: 1, eer: { rate: 0 } });
  expect(bootstrapVerification(apart, areaUnderRoc, options).interval).toMatchObject({ low: 1, high: 1 });
  for (const method of ['platt', 'temperature', 'isotonic'] as const) {
    const { calibration } = calibrate(apart, { ...model, method });
    const probabilities = apart.distances.map((distance) => calibratedProbability(calibration, distance));
    const { logLoss } = evaluateCalibration(probabilities, apart.same);
    expect(logLoss).toBeLessThan(0.1);
  }
});

const twice = <T>(values: readonly T[]) => [...values, ...values];

test('pairs that are there twice change no measure, and make no interval narrower', () => {
  const doubled = {
    distances: twice(pairs.distances),
    same: twice(pairs.same),
    identityA: twice(identityA),
    identityB: twice(identityB),
  };
  const once = evaluateVerification({ ...pairs, folds });
  const both = evaluateVerification({ ...doubled, folds: twice(folds) });
  expect([both.accuracy, both.auc, both.eer]).toEqual([once.accuracy, once.auc, once.eer]);
  const measured = (given: typeof pairs) =>
    bootstrapVerification(given, areaUnderRoc, { random: createRandom(5), replicates: 100 });
  expect(measured(doubled).interval.low).toBeCloseTo(measured(pairs).interval.low, 12);
  expect(measured(doubled).interval.high).toBeCloseTo(measured(pairs).interval.high, 12);
});

test('numbers of folds that nobody has are no folds', () => {
  const result = evaluateVerification({ ...pairs, folds: folds.map((fold) => 10 * fold) });
  expect(result.folds.map(({ fold }) => fold)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  expect(result.accuracy).toBe(evaluateVerification({ ...pairs, folds }).accuracy);
});

test('nothing at all', () => {
  const none = new Int32Array();
  expect(pairDistances(set.embeddings, 2, none, none, 'euclidean')).toHaveLength(0);
  const noPairs = { distances: [], same: [], identityA: [], identityB: [] };
  expect(() => worstErrors(noPairs, 1, 3)).toThrow(coded);
  for (const run of Object.values(ofPairs)) expect(() => run(noPairs)).toThrow(coded);
  expect(() => evaluateClustering(none, none)).toThrow(coded);
  for (const run of Object.values(ofEmbeddings)) {
    expect(() => run({ ...set, embeddings: new Float32Array() }, none)).toThrow(coded);
  }
});
