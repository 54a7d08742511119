export { defineMiner, isMiner } from './define-miner.ts';
export {
  MINER_API_VERSION,
  Relation,
  type DistanceMatrix,
  type DistanceMeasure,
  type EmbeddingView,
  type Mined,
  type MinedPairs,
  type MinedTriplets,
  type Miner,
  type MinerBatch,
  type MinerContext,
  type MiningStatistics,
  type PairRelation,
  type Random,
} from './miner.ts';
