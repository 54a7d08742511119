export { createBatch, type BatchSource } from './create-batch.ts';
export { minerConformance, type ConformanceOptions } from './miner-conformance.ts';
