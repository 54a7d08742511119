export { transform, type LinearMap } from './maps/linear-map.ts';
export { fitPca, type PrincipalComponents } from './maps/fit-pca.ts';
export { fitWhitening, type WhiteningOptions } from './maps/fit-whitening.ts';
export type { LabelledEmbeddings } from './input/rows-of-identities.ts';
export { metricDistances, metricThrough, type LinearMetric } from './linear-metric.ts';
export { MetricFormatError, metricFromJson, metricToJson, type MetricJson } from './metric-json.ts';
export type { MetricInput, MetricPairs, MetricTriplets } from './learning/metric-input.ts';
export {
  learnMetric,
  type LearnedMetric,
  type LearnMetricOptions,
  type MetricEpoch,
} from './learning/learn-metric.ts';
export {
  learnFactoredMetric,
  type FactoredMetric,
  type LearnFactoredMetricOptions,
} from './learning/learn-factored-metric.ts';
export {
  fitJointBayesian,
  type JointBayesian,
  type JointBayesianOptions,
} from './joint-bayesian/fit-joint-bayesian.ts';
export {
  jointBayesianFromJson,
  jointBayesianToJson,
  type JointBayesianJson,
} from './joint-bayesian/joint-bayesian-json.ts';
export { jointBayesianDistances } from './joint-bayesian/joint-bayesian-distances.ts';
