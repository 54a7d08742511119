import { InvalidArgumentError } from '@ft/errors';
import type { Resumable } from '../checkpoint/resumable.ts';
import type { StepRecord } from '../step-record.ts';

export interface CollapseMonitorOptions {
  /** Steps in a row that must show a sign, at least 1. Default 20. */
  readonly window?: number;
  /** A spread below this is near 0, above 0. Default 0.01, for embeddings of length 1. */
  readonly minSpread?: number;
  /** An effective rank below this is near a line, at least 1. Default 1.2. */
  readonly minRank?: number;
  /**
   * The loss of a network that gives all images one embedding: for the triplet loss its margin. With it, a loss that
   * stays within 2 % of it while nearly all cases are active is a sign, too.
   */
  readonly collapsedLoss?: number;
}

/** The network gives all images nearly one embedding, and what to do. */
export interface CollapseAlarm {
  /** Steps done when it was raised. */
  readonly step: number;
  readonly sign: 'spread' | 'rank' | 'loss';
  /** One or two sentences for people. */
  readonly message: string;
}

/** Watches steps for a collapse. Its state can be kept in the checkpoint. */
export interface CollapseMonitor extends Resumable {
  /** @returns an alarm on the step that completes a window; another only after the sign has gone in between */
  observeStep(record: StepRecord): CollapseAlarm | undefined;
}

const ADVICE =
  'Go back to the best weights and begin with milder tuples (semi-hard, or a schedule that comes to the hard ones ' +
  'later), a lower learning rate or a longer warm-up.';

/**
 * Raises an alarm when all embeddings fall onto one point or one line, which hard mining from the start can do.
 *
 * @throws InvalidArgumentError where an option is out of range
 * @see Schroff, Kalenichenko and Philbin, "FaceNet" (2015), section 3.2
 */
export function collapseMonitor(options: CollapseMonitorOptions = {}): CollapseMonitor {
  const { window = 20, minSpread = 0.01, minRank = 1.2, collapsedLoss } = options;
  const limits: [string, number, boolean, string][] = [
    ['window', window, Number.isInteger(window) && window >= 1, 'a positive integer'],
    ['minSpread', minSpread, minSpread > 0, 'a number above 0'],
    ['minRank', minRank, minRank >= 1, 'a number of at least 1'],
    ['collapsedLoss', collapsedLoss ?? 1, (collapsedLoss ?? 1) > 0, 'a number above 0'],
  ];
  for (const [argument, got, fits, expected] of limits) {
    if (!fits) throw new InvalidArgumentError({ where: 'collapseMonitor', argument, expected, got });
  }
  const shows: Record<CollapseAlarm['sign'], (record: StepRecord) => boolean> = {
    spread: ({ spread }) => spread < minSpread,
    rank: ({ effectiveRank }) => effectiveRank < minRank,
    loss: ({ loss, activeFraction }) =>
      collapsedLoss !== undefined &&
      Math.abs(loss - collapsedLoss) <= 0.02 * collapsedLoss &&
      activeFraction >= 0.98,
  };
  const sentence: Record<CollapseAlarm['sign'], (record: StepRecord) => string> = {
    spread: ({ spread }) =>
      `the mean distance of a batch has been below ${minSpread} (now ${spread.toPrecision(2)})`,
    rank: ({ effectiveRank }) =>
      `the embeddings of a batch have filled fewer than ${minRank} directions (now ${effectiveRank.toPrecision(3)})`,
    loss: ({ loss }) =>
      `the loss has stayed at that of a collapsed network, ${collapsedLoss} (now ${loss.toPrecision(3)})`,
  };
  const signs = ['spread', 'rank', 'loss'] as const;
  let counts: Record<CollapseAlarm['sign'], number> = { spread: 0, rank: 0, loss: 0 };
  return {
    observeStep(record) {
      for (const sign of signs) counts[sign] = shows[sign](record) ? counts[sign] + 1 : 0;
      const sign = signs.find((one) => counts[one] === window);
      if (sign === undefined) return undefined;
      const message = `The network has collapsed: for ${window} steps ${sentence[sign](record)}. ${ADVICE}`;
      return { step: record.step, sign, message };
    },
    state: () => ({ ...counts }),
    restore(state) {
      counts = { ...(state as typeof counts) };
    },
  };
}
