export { pairDistances } from './embeddings/pair-distances.ts';
export type { EmbeddingSet } from './embeddings/embedding-table.ts';
export { allPairsCurve } from './verification/all-pairs-curve.ts';
export { projectToPlane, type PlaneProjection } from './embeddings/project-to-plane.ts';
export { areaUnderRoc } from './verification/area-under-roc.ts';
export { bestThreshold, type BestThreshold } from './verification/best-threshold.ts';
export { equalErrorRate, type EqualErrorRate } from './verification/equal-error-rate.ts';
export {
  evaluateVerification,
  type VerificationInput,
  type VerificationProtocol,
  type VerificationResult,
} from './verification/evaluate-verification.ts';
export { rocPoints, type RocPoints } from './verification/roc-points.ts';
export { tarAtFar, type TarAtFar } from './verification/tar-at-far.ts';
export {
  thresholdAtCut,
  thresholdCurve,
  type ScoredPairs,
  type ThresholdCurve,
} from './verification/threshold-curve.ts';
export { worstErrors, type PairError, type WorstErrors } from './verification/worst-errors.ts';
export type { FoldResult } from './verification/verify-folds.ts';
export { wilsonInterval, type Interval } from './statistics/wilson-interval.ts';
export { bootstrapVerification } from './statistics/bootstrap-verification.ts';
export { compareVerification, type Comparison } from './statistics/compare-verification.ts';
export type {
  Bootstrapped,
  BootstrapOptions,
  CurveStatistic,
  IdentifiedPairs,
} from './statistics/identity-bootstrap.ts';
export { rocBand, type RocBand } from './statistics/roc-band.ts';
export { mcnemarTest, type McNemar } from './statistics/mcnemar-test.ts';
export {
  evaluateIdentification,
  type Confusion,
  type IdentificationInput,
  type IdentificationResult,
} from './identification/evaluate-identification.ts';
export {
  evaluateSearch,
  type GallerySearch,
  type SearchInput,
  type SearchResult,
} from './identification/evaluate-search.ts';
export { fpirThreshold, type FpirInput, type FpirThreshold } from './identification/fpir-threshold.ts';
export type { OpenSetRates } from './identification/open-set-rates.ts';
export { splitGallery, type GallerySplit, type GallerySplitOptions } from './identification/split-gallery.ts';
export {
  evaluateRetrieval,
  type RetrievalInput,
  type RetrievalResult,
} from './retrieval/evaluate-retrieval.ts';
export { evaluateClustering, type ClusteringResult } from './clustering/evaluate-clustering.ts';
export {
  evaluateBlufr,
  type BlufrInput,
  type BlufrResult,
  type BlufrScore,
  type BlufrTrial,
} from './identification/evaluate-blufr.ts';
export { calibratedProbability, type Calibration } from './calibration/calibration.ts';
export {
  chooseThreshold,
  type ChosenThreshold,
  type ThresholdPolicy,
} from './calibration/choose-threshold.ts';
export {
  evaluateCalibration,
  type CalibrationResult,
  type ReliabilityBin,
} from './calibration/evaluate-calibration.ts';
export { fitCalibration, type CalibrationMethod } from './calibration/fit-calibration.ts';
export {
  calibrate,
  ModelMismatchError,
  readOperatingPoint,
  type CalibrateOptions,
  type OperatingPoint,
} from './calibration/operating-point.ts';
export {
  createGallery,
  type Aggregation,
  type Candidate,
  type Gallery,
  type GalleryInput,
  type Search,
  type SearchOptions,
} from './decision/gallery.ts';
export {
  decide,
  type Decision,
  type DecisionMode,
  type DecisionReason,
  type DecisionRules,
} from './decision/decide.ts';
export { evaluateDecision, type DecisionProbes, type DecisionScore } from './decision/evaluate-decision.ts';
