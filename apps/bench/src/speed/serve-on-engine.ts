import { accelerate, selectEngine, type EngineName } from '@ft/engine';
import { dataOperations } from './operations/data-operations.ts';
import { distanceOperations } from './operations/distance-operations.ts';
import { evaluationOperations } from './operations/evaluation-operations.ts';
import { layersOperations } from './operations/layers-operations.ts';
import { lossOperations } from './operations/loss-operations.ts';
import { minerOperations } from './operations/miner-operations.ts';
import { networkOperations } from './operations/network-operations.ts';
import { referenceOperation } from './operations/reference-operation.ts';
import { trainingOperations } from './operations/training-operations.ts';
import { serveOperations } from './serve-operations.ts';

/**
 * Serves every operation of ours on standard input and output.
 *
 * @param options the engine, the fastest by default, and whether it is left without our kernels
 */
export async function serveOnEngine({
  engine: name,
  asItComes,
}: {
  readonly engine?: EngineName;
  readonly asItComes?: boolean;
}): Promise<void> {
  const engine = await selectEngine(name === undefined ? {} : { require: name });
  if (engine.name !== 'wasm' && asItComes !== true) accelerate();
  const versions = {
    node: process.versions.node,
    engine: `${engine.name} ${engine.version}`,
    device: engine.device,
  };
  const operations = {
    ...dataOperations,
    ...distanceOperations,
    ...evaluationOperations,
    ...layersOperations,
    ...lossOperations,
    ...minerOperations,
    ...networkOperations,
    ...referenceOperation,
    ...trainingOperations,
  };
  await serveOperations(operations, versions, { input: process.stdin, output: process.stdout });
}
