import { splitIdentities, type PackedImages } from '@ft/datasets';
import { InvalidArgumentError } from '@ft/errors';
import {
  areaUnderRoc,
  bootstrapVerification,
  calibrate,
  calibratedProbability,
  createGallery,
  equalErrorRate,
  evaluateCalibration,
  evaluateDecision,
  evaluateIdentification,
  evaluateRetrieval,
  evaluateVerification,
  fpirThreshold,
  pairDistances,
  projectToPlane,
  rocBand,
  splitGallery,
  tarAtFar,
  type Bootstrapped,
  type CalibrationResult,
  type CurveStatistic,
  type DecisionScore,
  type FpirThreshold,
  type IdentificationResult,
  type OperatingPoint,
  type PlaneProjection,
  type RetrievalResult,
  type RocBand,
  type VerificationResult,
} from '@ft/eval';
import { createRandom } from '@ft/random';
import { peopleWithSeveral } from './people-with-several.ts';
import type { FaceModel } from './face-model.ts';
import { labelledPairs, type LabelledPairs } from './labelled-pairs.ts';

/** All that can be said of a network on labelled faces. Its threshold comes from people who are not in it. */
export interface FaceEvaluation {
  /** Rows of the people measured on. */
  readonly rows: Int32Array;
  readonly people: { readonly calibration: number; readonly test: number };
  /** Of pairs: one person or two? */
  readonly point: OperatingPoint;
  /** Of a gallery: which of many people, or nobody? */
  readonly identificationPoint: OperatingPoint;
  /** Where that threshold comes from. */
  readonly strangers: FpirThreshold;
  readonly pairs: LabelledPairs & { readonly distances: Float64Array };
  readonly verification: VerificationResult;
  readonly intervals: {
    readonly auc: Bootstrapped;
    readonly eer: Bootstrapped;
    readonly tarAt1Percent: Bootstrapped;
  };
  readonly band: RocBand;
  readonly identification: IdentificationResult;
  readonly retrieval: RetrievalResult;
  readonly calibration: CalibrationResult;
  readonly decision: readonly DecisionScore[];
  readonly projection: PlaneProjection;
}

const REPLICATES = 200;

/** Share of strangers for whom somebody may be named. */
const FPIR_LIMIT = 0.01;

/**
 * Measures a network on labelled faces. The thresholds, of pairs and of a gallery, and the probabilities are fitted on
 * half of the people; all figures are of the other half, of whom half are enrolled with one image and half are
 * strangers.
 *
 * @param embeddings of the images, [count x dimension]
 * @throws InvalidArgumentError where there are too few people with several images
 */
export function evaluateFaces(
  { id, dimension, measure }: Pick<FaceModel, 'id' | 'dimension' | 'measure'>,
  { labels, identities }: Pick<PackedImages, 'labels' | 'identities'>,
  embeddings: Float32Array,
): FaceEvaluation {
  const random = createRandom(1, 'evaluation');
  const several = peopleWithSeveral(labels);
  if (several < FEWEST) {
    throw new InvalidArgumentError({
      where: 'ft eval',
      argument: '--data',
      expected: `at least ${FEWEST} people with two images or more`,
      got: `${several} such people`,
    });
  }
  const { train: fitRows, test: testRows } = splitIdentities(labels, { fraction: 0.5, random });
  const [fit, test] = [fitRows, testRows].map((rows) => ({
    embeddings: rowsOf(embeddings, rows, dimension),
    labels: Int32Array.from(rows, (row) => labels[row]!),
    dimension,
    measure,
  })) as [Part, Part];
  const scored = (part: Part) => {
    const pairs = labelledPairs(part.labels, random);
    return { ...pairs, distances: pairDistances(part.embeddings, dimension, pairs.a, pairs.b, measure) };
  };
  const fitPairs = scored(fit);
  const point = calibrate(fitPairs, { model: id, measure, policy: { kind: 'eer' } });
  const pairs = scored(test);
  const bootstrap = (statistic: CurveStatistic) =>
    bootstrapVerification(pairs, statistic, { random: createRandom(1, 'intervals'), replicates: REPLICATES });

  const enrolled = Math.floor(peopleWithSeveral(test.labels) / 2);
  const split = splitGallery(test.labels, { random, people: enrolled });
  const people = Math.min(enrolled, new Set(fit.labels).size - 1);
  const strangers = fpirThreshold({
    ...fit,
    people,
    limit: FPIR_LIMIT,
    random: createRandom(1, 'strangers'),
  });
  const identificationPoint = calibrate(fitPairs, {
    model: id,
    measure,
    policy: { kind: 'fpir', limit: FPIR_LIMIT, people, threshold: strangers.threshold },
  });
  const nameOf = (row: number) => identities[test.labels[row]!]!;
  const probes = Int32Array.from([...split.known, ...split.unknown]).sort();
  const gallery = createGallery({
    embeddings: rowsOf(test.embeddings, split.gallery, dimension),
    dimension,
    measure,
    names: Array.from(split.gallery, nameOf),
    model: id,
  });
  return {
    rows: testRows,
    people: { calibration: new Set(fit.labels).size, test: new Set(test.labels).size },
    point,
    identificationPoint,
    strangers,
    pairs,
    verification: evaluateVerification({ ...pairs, threshold: point.threshold }),
    intervals: {
      auc: bootstrap(areaUnderRoc),
      eer: bootstrap((curve) => equalErrorRate(curve).rate),
      tarAt1Percent: bootstrap((curve) => tarAtFar(curve, 0.01).tar),
    },
    band: rocBand(pairs, { random: createRandom(1, 'band'), replicates: REPLICATES }),
    identification: evaluateIdentification({ ...test, split }),
    retrieval: evaluateRetrieval(test),
    calibration: evaluateCalibration(
      Array.from(pairs.distances, (distance) => calibratedProbability(point.calibration, distance)),
      pairs.same,
    ),
    decision: evaluateDecision(
      gallery,
      { embeddings: rowsOf(test.embeddings, probes, dimension), names: Array.from(probes, nameOf) },
      { point: identificationPoint },
      random,
    ),
    projection: projectToPlane(test.embeddings, dimension),
  };
}

/** Two halves of four people each: the fewest that leave somebody enrolled and somebody unknown in one of them. */
const FEWEST = 8;

interface Part {
  readonly embeddings: Float32Array;
  readonly labels: Int32Array;
  readonly dimension: number;
  readonly measure: FaceModel['measure'];
}

function rowsOf(embeddings: Float32Array, rows: Int32Array, dimension: number): Float32Array {
  const out = new Float32Array(rows.length * dimension);
  for (const [i, row] of rows.entries()) {
    out.set(embeddings.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  }
  return out;
}
