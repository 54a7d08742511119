import { InvalidArgumentError } from '@ft/errors';
import { calibratedProbability } from '../calibration/calibration.ts';
import { ModelMismatchError, type OperatingPoint } from '../calibration/operating-point.ts';
import type { Candidate, Gallery } from './gallery.ts';

/**
 * Which stages count: recognition names the nearest person, whoever it is; verification asks of every person
 * whether they are within the threshold; both together name the nearest person if within it.
 */
export type DecisionMode = 'recognition' | 'verification' | 'combined';

/** When to name somebody. */
export interface DecisionRules {
  /** Threshold and calibration, tied to the network. */
  readonly point: OperatingPoint;
  /** `'combined'` by default. The rules below hold for it alone. */
  readonly mode?: DecisionMode;
  /** By how much the second nearest person must be farther, >= 0; 0 by default, which asks for no tie. */
  readonly minimumMargin?: number;
  /** Of the k nearest images, the least share that must be of the person. */
  readonly vote?: { readonly k: number; readonly share: number };
  /** Fewest enrolled images of a person who may be named; 1 by default. */
  readonly minimumImages?: number;
}

/** One check and how it went. */
export interface DecisionReason {
  readonly stage: 'recognise' | 'verify' | 'agree';
  readonly passed: boolean;
  /** A sentence with the numbers. */
  readonly text: string;
}

/** A decision with all that led to it. Plain JSON. Every number but the list's is of the nearest person alone. */
export interface Decision {
  readonly outcome: 'identified' | 'rejected' | 'ambiguous';
  /** The person named, or null where nobody is. */
  readonly name: string | null;
  /** The nearest person, named or not. */
  readonly candidate: Candidate;
  /** The five nearest people, nearest first. */
  readonly candidates: readonly Candidate[];
  readonly threshold: number;
  /** Calibrated probability that a pair at the candidate's distance is same, in [0, 1]. */
  readonly probability: number;
  /** Distance of the second nearest person less that of the nearest; null where only one is enrolled. */
  readonly margin: number | null;
  /** Share of the nearest images that are of the candidate; null where no vote was asked for. */
  readonly votes: number | null;
  readonly reasons: readonly DecisionReason[];
}

/**
 * Decides whose embedding a probe is: recognise the nearest person, verify their distance against the
 * threshold, and ask whether margin, votes and number of images agree. Beyond the threshold nobody is named;
 * within it but without agreement the outcome is ambiguous.
 *
 * @param gallery who is enrolled
 * @param probe embedding, [dimension]
 * @throws ModelMismatchError where the threshold belongs to another network than the gallery
 * @throws InvalidArgumentError where the probe or the rules are not as documented
 */
export function decide(gallery: Gallery, probe: Float32Array, rules: DecisionRules): Decision {
  const { point, mode = 'combined', minimumMargin = 0, vote, minimumImages = 1 } = rules;
  checkRules(gallery, rules);
  const { distances, candidates, neighbours } = gallery.search(probe, { neighbours: vote?.k ?? 0 });
  const candidate = candidates[0]!;
  const second = candidates[1];
  const margin = second === undefined ? null : second.distance - candidate.distance;
  const votes =
    vote === undefined
      ? null
      : neighbours.filter((name) => name === candidate.name).length / neighbours.length;

  const near = candidate.distance < point.threshold;
  const tied = margin === 0;
  const recognised: DecisionReason = {
    stage: 'recognise',
    passed: !tied,
    text: tied
      ? `${candidate.name} and ${second!.name} are equally near, at ${show(candidate.distance)}.`
      : `${candidate.name} is the nearest of ${gallery.people.length}, at ${show(candidate.distance)}.`,
  };
  const verified: DecisionReason = {
    stage: 'verify',
    passed: near,
    text: `The distance ${show(candidate.distance)} is ${near ? 'below' : 'not below'} the threshold ${show(point.threshold)}.`,
  };
  const shared = {
    candidate,
    candidates,
    threshold: point.threshold,
    probability: calibratedProbability(point.calibration, candidate.distance),
    margin,
    votes,
  };
  const conclude = (outcome: Decision['outcome'], reasons: DecisionReason[]): Decision => ({
    outcome,
    name: outcome === 'identified' ? candidate.name : null,
    ...shared,
    reasons,
  });

  if (mode === 'recognition') return conclude(tied ? 'ambiguous' : 'identified', [recognised]);
  if (mode === 'verification') {
    const within = distances.filter((distance) => distance < point.threshold).length;
    const text = `${within} of ${distances.length} people are within the threshold ${show(point.threshold)}.`;
    const outcome = within === 0 ? 'rejected' : within === 1 ? 'identified' : 'ambiguous';
    return conclude(outcome, [{ stage: 'verify', passed: within === 1, text }]);
  }

  const reasons = [recognised, verified];
  const agree = (passed: boolean, text: string) => reasons.push({ stage: 'agree', passed, text });
  if (minimumMargin > 0 && margin !== null) {
    agree(
      margin >= minimumMargin,
      `${second!.name} is ${show(margin)} farther; at least ${show(minimumMargin)} is asked for.`,
    );
  }
  if (vote !== undefined && votes !== null) {
    agree(
      votes >= vote.share,
      `${show(votes)} of the ${neighbours.length} nearest images are of ${candidate.name}; at least ${show(vote.share)} is asked for.`,
    );
  }
  if (minimumImages > 1) {
    const images = gallery.images.get(candidate.name)!;
    agree(
      images >= minimumImages,
      `${candidate.name} has ${images} enrolled images; at least ${minimumImages} are asked for.`,
    );
  }
  if (!near) return conclude('rejected', reasons);
  return conclude(reasons.every(({ passed }) => passed) ? 'identified' : 'ambiguous', reasons);
}

function show(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function checkRules(gallery: Gallery, rules: DecisionRules): void {
  const where = 'decide';
  const { point, mode = 'combined', minimumMargin = 0, vote, minimumImages = 1 } = rules;
  const refuse = (argument: string, expected: string, got: unknown) => {
    throw new InvalidArgumentError({ where, argument, expected, got });
  };
  if (gallery.model !== undefined && gallery.model !== point.model) {
    throw new ModelMismatchError(
      `decide: the threshold belongs to the model ${JSON.stringify(point.model)} and the gallery to ${JSON.stringify(gallery.model)}. Enrol with the model in use, or calibrate it.`,
    );
  }
  if (point.measure !== gallery.measure) {
    refuse('point.measure', `that of the gallery, '${gallery.measure}'`, point.measure);
  }
  if (!['recognition', 'verification', 'combined'].includes(mode)) {
    refuse('mode', "'recognition', 'verification' or 'combined'", mode);
  }
  if (!(minimumMargin >= 0)) refuse('minimumMargin', 'a number from 0', minimumMargin);
  if (!Number.isInteger(minimumImages) || minimumImages < 1) {
    refuse('minimumImages', 'an integer from 1', minimumImages);
  }
  if (vote === undefined) return;
  if (!Number.isInteger(vote.k) || vote.k < 1) refuse('vote.k', 'an integer from 1', vote.k);
  if (!(vote.share > 0 && vote.share <= 1)) refuse('vote.share', 'in (0, 1]', vote.share);
}
