export { MinerOutputError } from './check-mined.ts';
export { createMiner, minerNames, UnknownMinerError, type MinerName } from './create-miner.ts';
export { describeMined, type MinedDescription } from './describe-mined.ts';
export { hard, type HardOptions } from './hard.ts';
export type { TripletLimits } from './option-fields.ts';
export { pairsFromTriplets } from './pairs-from-triplets.ts';
export { randomHard, type RandomHardOptions } from './random-hard.ts';
export { MinerFailedError, runMiner } from './run-miner.ts';
export { semiHard, type SemiHardOptions } from './semi-hard.ts';
