import { InvalidArgumentError } from '@ft/errors';
import type { Random } from '@ft/miner-api';
import { checkEmbeddings } from '../embeddings/check-embeddings.ts';
import { checkLabels } from '../embeddings/check-labels.ts';
import type { EmbeddingSet } from '../embeddings/embedding-table.ts';
import { rowsByLabel } from '../embeddings/rows-by-label.ts';
import { allPairsCurve } from '../verification/all-pairs-curve.ts';
import { tarAtFar } from '../verification/tar-at-far.ts';
import { evaluateIdentification } from './evaluate-identification.ts';
import { splitGallery } from './split-gallery.ts';

/** What to evaluate, and how many people play which part. The defaults are those for LFW. */
export interface BlufrInput extends EmbeddingSet {
  /** Identity of each embedding, [count]. */
  readonly labels: Int32Array;
  readonly random: Random;
  /** Random divisions of the people; 10 by default, at least 2. */
  readonly trials?: number;
  /** People set aside for training in each trial, and not tested on; 1500 by default. */
  readonly trainingPeople?: number;
  /** People enrolled with one image in each trial; 1000 by default. */
  readonly enrolledPeople?: number;
}

/** One trial. */
export interface BlufrTrial {
  /** Verification rate at a false accept rate of 0.1 %, over all pairs of the test people. */
  readonly verificationRate: number;
  /** Detection and identification rate at a false alarm rate of 1 %. */
  readonly dir: number;
  /** Images tested. */
  readonly images: number;
}

/** Mean and standard deviation (n - 1) over the trials, and their difference, which is the score reported. */
export interface BlufrScore {
  readonly mean: number;
  readonly deviation: number;
  readonly score: number;
}

/** Plain JSON. */
export interface BlufrResult {
  readonly trials: readonly BlufrTrial[];
  readonly verificationRate: BlufrScore;
  readonly dir: BlufrScore;
}

/**
 * Large-scale evaluation in the style of BLUFR: random divisions of the people into training and test, all
 * pairs of the test images, and open-set identification with one image enrolled of each person.
 *
 * The divisions are drawn here and are not the published ones, so results are BLUFR-style, not BLUFR. The
 * embeddings are taken as given: people set aside for training are only left out of the test.
 *
 * @throws InvalidArgumentError where shapes differ or there are too few people
 * @see Liao et al., "A benchmark study of large-scale unconstrained face recognition", IJCB 2014
 */
export function evaluateBlufr(input: BlufrInput): BlufrResult {
  const where = 'evaluateBlufr';
  const { embeddings, dimension, measure, labels, random } = input;
  const { trials = 10, trainingPeople = 1500, enrolledPeople = 1000 } = input;
  checkLabels(where, 'labels', labels, checkEmbeddings(where, embeddings, dimension));
  const people = [...rowsByLabel(labels).values()];
  if (!Number.isInteger(trials) || trials < 2) {
    throw new InvalidArgumentError({ where, argument: 'trials', expected: 'an integer from 2', got: trials });
  }
  if (!Number.isInteger(trainingPeople) || trainingPeople < 0 || trainingPeople >= people.length) {
    throw new InvalidArgumentError({
      where,
      argument: 'trainingPeople',
      expected: `an integer from 0 and below the number of people, ${people.length}`,
      got: trainingPeople,
    });
  }
  const results = Array.from({ length: trials }, (): BlufrTrial => {
    // A partial shuffle: the first people are the ones set aside.
    for (let i = 0; i < trainingPeople; i++) {
      const j = i + random.int(people.length - i);
      [people[i], people[j]] = [people[j]!, people[i]!];
    }
    const rows = people.slice(trainingPeople).flat();
    const test = {
      embeddings: Float32Array.from({ length: rows.length * dimension }, (_, i) => {
        return embeddings[rows[Math.floor(i / dimension)]! * dimension + (i % dimension)]!;
      }),
      dimension,
      measure,
    };
    const testLabels = Int32Array.from(rows, (row) => labels[row]!);
    const split = splitGallery(testLabels, { random, people: enrolledPeople });
    const { open } = evaluateIdentification({
      ...test,
      labels: testLabels,
      split,
      maximumRank: 1,
      fpirLimits: [0.01],
    });
    if (open.length === 0) {
      throw new InvalidArgumentError({
        where,
        argument: 'enrolledPeople',
        expected: 'such that some test people are not enrolled',
        got: enrolledPeople,
      });
    }
    return {
      verificationRate: tarAtFar(allPairsCurve(test, testLabels), 0.001).tar,
      dir: open[0]!.dir,
      images: rows.length,
    };
  });
  return {
    trials: results,
    verificationRate: score(results.map((trial) => trial.verificationRate)),
    dir: score(results.map((trial) => trial.dir)),
  };
}

function score(values: readonly number[]): BlufrScore {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (values.length - 1));
  return { mean, deviation, score: mean - deviation };
}
