export { contrastiveLoss, type ContrastiveLossOptions } from './contrastive-loss.ts';
export { l2Normalize } from './l2-normalize.ts';
export type { LossOptions } from './loss-options.ts';
export { NonFiniteInputError } from './non-finite-input-error.ts';
export { pairwiseDistances, type PairwiseDistancesOptions } from './pairwise-distances.ts';
export type { LossTerms, Reducer, Reduction } from './reduction.ts';
export { relationFromLabels } from './relation-from-labels.ts';
export type { Pairs, PairSelection, Triplets } from './selection.ts';
export { tripletLoss, type TripletLossOptions } from './triplet-loss.ts';
