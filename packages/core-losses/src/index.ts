// Distances and similarities
export { l2Normalize } from './l2-normalize.ts';
export { lpDistances, type LpDistancesOptions } from './lp-distances.ts';
export { pairwiseDistances, type PairwiseDistancesOptions } from './pairwise-distances.ts';
export { pairwiseSimilarities, type PairwiseSimilaritiesOptions } from './pairwise-similarities.ts';
export { rowDistances } from './row-distances.ts';
export { snrDistances } from './snr-distances.ts';

// Selections
export { pairsFromTriplets } from './pairs-from-triplets.ts';
export { relationFromLabels } from './relation-from-labels.ts';
export { relationFromPairs } from './relation-from-pairs.ts';
export type { Pairs, PairSelection, Triplets } from './selection.ts';

// Losses on distances
export { contrastiveLoss, type ContrastiveLossOptions } from './contrastive-loss.ts';
export { fastApLoss, type FastApLossOptions } from './fast-ap-loss.ts';
export {
  generalizedLiftedStructureLoss,
  liftedStructureLoss,
  type LiftedStructureLossOptions,
} from './lifted-structure-loss.ts';
export { marginLoss, type MarginLossOptions } from './margin-loss.ts';
export {
  ncaLoss,
  softNearestNeighborLoss,
  type NcaLossOptions,
  type SoftNearestNeighborLossOptions,
} from './nca-loss.ts';
export { rankedListLoss, type RankedListLossOptions } from './ranked-list-loss.ts';
export { tripletLoss, type TripletLossOptions } from './triplet-loss.ts';

// Losses on similarities
export { angularLoss, type AngularLossOptions } from './angular-loss.ts';
export { circleLoss, type CircleLossOptions } from './circle-loss.ts';
export { histogramLoss, type HistogramLossOptions } from './histogram-loss.ts';
export { intraPairVarianceLoss, type IntraPairVarianceLossOptions } from './intra-pair-variance-loss.ts';
export {
  multipleNegativesRankingLoss,
  type MultipleNegativesRankingLossOptions,
} from './multiple-negatives-ranking-loss.ts';
export { multiSimilarityLoss, type MultiSimilarityLossOptions } from './multi-similarity-loss.ts';
export { nPairsLoss, nPairsRelation } from './n-pairs-loss.ts';
export { ntXentLoss, type NtXentLossOptions } from './nt-xent-loss.ts';
export { pnpLoss, type PnpLossOptions } from './pnp-loss.ts';
export { smoothApLoss, type SmoothApLossOptions } from './smooth-ap-loss.ts';
export { supConLoss, type SupConLossOptions } from './sup-con-loss.ts';
export {
  thresholdConsistentMarginLoss,
  type ThresholdConsistentMarginLossOptions,
} from './threshold-consistent-margin-loss.ts';
export { tupletMarginLoss, type TupletMarginLossOptions } from './tuplet-margin-loss.ts';

// Losses on embeddings
export { barlowTwinsLoss, type BarlowTwinsLossOptions } from './barlow-twins-loss.ts';
export { centroidTripletLoss, type CentroidTripletLossOptions } from './centroid-triplet-loss.ts';
export { vicRegLoss, type VicRegLossOptions } from './vic-reg-loss.ts';

// Losses with weights
export {
  createArcFaceLoss,
  createSubCenterArcFaceLoss,
  type ArcFaceLossOptions,
  type SubCenterArcFaceLoss,
  type SubCenterArcFaceLossOptions,
} from './arc-face-loss.ts';
export { createCenterLoss } from './center-loss.ts';
export type { ClassificationLoss, ClassificationLossOptions } from './classification-loss.ts';
export { createCosFaceLoss, type CosFaceLossOptions } from './cos-face-loss.ts';
export { createMagFaceLoss, type MagFaceLossOptions } from './mag-face-loss.ts';
export { createP2sGradLoss } from './p2s-grad-loss.ts';
export { createProxyAnchorLoss, type ProxyAnchorLossOptions } from './proxy-anchor-loss.ts';
export { createProxyNcaLoss, type ProxyNcaLossOptions } from './proxy-nca-loss.ts';
export {
  createNormalizedSoftmaxLoss,
  createSoftmaxLoss,
  type NormalizedSoftmaxLossOptions,
} from './softmax-loss.ts';
export { createSoftTripleLoss, type SoftTripleLossOptions } from './soft-triple-loss.ts';
export {
  createLargeMarginSoftmaxLoss,
  createSphereFaceLoss,
  type SphereFaceLossOptions,
} from './sphere-face-loss.ts';
export type { WeightedLoss, WeightedLossOptions } from './weighted-loss.ts';

// Around any loss
export { combineLosses, type WeightedTerm } from './combine-losses.ts';
export { createCrossBatchMemory, type CrossBatchMemory } from './cross-batch-memory.ts';
export type { LossOptions } from './loss-options.ts';
export { matryoshkaLoss, type MatryoshkaLossOptions } from './matryoshka-loss.ts';
export { NonFiniteInputError } from './non-finite-input-error.ts';
export { classWeightedMean, perAnchorMean, thresholdMean } from './reducers.ts';
export type { LossTerms, Reducer, Reduction } from './reduction.ts';
export {
  centerInvariantRegularizer,
  lengthRegularizer,
  regularFaceRegularizer,
  sparseCentersRegularizer,
  zeroMeanRegularizer,
} from './regularizers.ts';
