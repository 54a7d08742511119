export { MinerOutputError } from './check-mined.ts';
export { createMiner, minerNames, UnknownMinerError, type MinerName } from './create-miner.ts';
export { describeMined, type MinedDescription } from './describe-mined.ts';
export type { Measured, PairLimits, TripletLimits } from './option-fields.ts';
export { pairsFromTriplets } from './pairs-from-triplets.ts';
export {
  plateauSchedule,
  type PlateauOptions,
  type PlateauSchedule,
  type PlateauState,
} from './plateau-schedule.ts';
export { MinerFailedError, runMiner } from './run-miner.ts';
export { schedule, type Ramp, type ScheduleOptions, type ScheduleStage } from './schedule.ts';
export { angular, type AngularOptions } from './strategies/angular.ts';
export { batchAll, type BatchAllOptions } from './strategies/batch-all.ts';
export { batchEasyHard, type BatchEasyHardOptions } from './strategies/batch-easy-hard.ts';
export { batchHard, type BatchHardOptions } from './strategies/batch-hard.ts';
export { distanceWeighted, type DistanceWeightedOptions } from './strategies/distance-weighted.ts';
export { hard, type HardOptions } from './strategies/hard.ts';
export { hardAwareCascade, type HardAwareCascadeOptions } from './strategies/hard-aware-cascade.ts';
export { hardestCluster, type HardestClusterOptions } from './strategies/hardest-cluster.ts';
export { multiSimilarity, type MultiSimilarityOptions } from './strategies/multi-similarity.ts';
export { nearestSemiHard, type NearestSemiHardOptions } from './strategies/nearest-semi-hard.ts';
export { pairMargin, type PairMarginOptions } from './strategies/pair-margin.ts';
export { randomHard, type RandomHardOptions } from './strategies/random-hard.ts';
export { randomNegative, type RandomNegativeOptions } from './strategies/random-negative.ts';
export { rankRange, type RankRangeOptions } from './strategies/rank-range.ts';
export { semiHard, type SemiHardOptions } from './strategies/semi-hard.ts';
export { tripletMargin, type TripletMarginOptions } from './strategies/triplet-margin.ts';
export { uniformHistogram, type UniformHistogramOptions } from './strategies/uniform-histogram.ts';
export { confusableIdentities, type ConfusableIdentities } from './confusable-identities.ts';
export type { DotProducts, Rows } from './distance-block.ts';
export { exactIndex, type ExactIndexOptions } from './exact-index.ts';
export {
  globalMining,
  type GlobalMining,
  type GlobalMiningOptions,
  type GlobalMiningState,
  type NeighborSampler,
} from './global-mining.ts';
export { IndexFailedError, IndexUnavailableError } from './index-errors.ts';
export type { NeighborIndex, Neighbors } from './neighbor-index.ts';
export { pgvectorIndex, type PgvectorIndexOptions, type PostgresQuery } from './pgvector-index.ts';
export { qdrantIndex, type QdrantIndexOptions } from './qdrant-index.ts';
export {
  referenceBank,
  type ReferenceBank,
  type ReferenceBankOptions,
  type ReferenceBankState,
} from './reference-bank.ts';
export { discoverPlugins, type DiscoveredPlugin, type PluginDiscovery } from './plugins/discover-plugins.ts';
export { ConfigError, loadConfig, type FtConfig, type LoadedConfig } from './plugins/load-config.ts';
export {
  minerRegistry,
  type ListedMiner,
  type MinerRegistry,
  type MinerRegistryOptions,
} from './plugins/miner-registry.ts';
export {
  MinerTimeoutError,
  PluginExportError,
  PluginLoadError,
  PluginManifestError,
  PluginNameError,
  PluginNotEnabledError,
  PluginNotFoundError,
  PluginPollutionError,
  PluginVersionError,
} from './plugins/plugin-errors.ts';
export type { AnnouncedMiner, PluginManifest } from './plugins/plugin-manifest.ts';
export { usearchIndex, type UsearchIndexOptions } from './usearch-index.ts';
