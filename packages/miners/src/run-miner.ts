import { FtError, InvalidArgumentError } from '@ft/errors';
import type { Mined, Miner, MinerBatch, MinerContext } from '@ft/miner-api';
import { checkBatch } from './check-batch.ts';
import { checkMined, MinerOutputError } from './check-mined.ts';

/** A miner threw while it mined. The miner's own error is the cause. */
export class MinerFailedError extends FtError {
  static override readonly code: string = 'FT_MINER_FAILED';
}

/**
 * Runs a miner on a batch and checks what goes in and what comes out.
 *
 * @param miner built-in or from a plugin
 * @param batch distances must be finite
 * @param context handed to the miner
 * @returns what the miner selected: every index in range, labels or relation respected, no self pair
 * @throws InvalidArgumentError where the batch does not fit together or holds NaN or infinity;
 *   MinerFailedError where the miner throws; MinerOutputError where its result is wrong or it changed the batch
 */
export function runMiner<M extends Mined>(miner: Miner<M>, batch: MinerBatch, context: MinerContext): M {
  const where = `runMiner("${miner.name}")`;
  checkBatch(where, batch);
  checkFinite(where, batch);
  const before = fingerprint(batch);
  let mined: M;
  try {
    mined = miner.mine(batch, context);
  } catch (cause) {
    if (context.signal.aborted || FtError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MinerFailedError(`Miner "${miner.name}" failed at step ${context.step}: ${reason}`, { cause });
  }
  if (fingerprint(batch) !== before) {
    throw new MinerOutputError(`Miner "${miner.name}" changed the batch it was given, which is read only.`);
  }
  checkMined(miner, batch, mined);
  return mined;
}

function checkFinite(where: string, { distances: { data, candidates } }: MinerBatch) {
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += data[i]! * 0;
  if (zero === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  throw new InvalidArgumentError({
    where,
    argument: `the distance of anchor ${Math.floor(at / candidates)} to candidate ${at % candidates}`,
    expected: 'finite',
    got: data[at],
    remedy: 'The embeddings hold NaN or infinity: lower the learning rate or look at the loss.',
  });
}

/** A hash over everything a miner could change by accident. */
function fingerprint({ distances, anchorLabels, candidateLabels, selfIndex, ...rest }: MinerBatch): number {
  const { embeddings, relation } = rest;
  const parts = [distances.data, anchorLabels, candidateLabels, selfIndex, relation];
  if (embeddings !== undefined) parts.push(embeddings.anchors, embeddings.candidates);
  let hash = 0;
  for (const part of new Set(parts)) {
    if (part === undefined) continue;
    const { buffer, byteOffset, length } = part;
    const words = part === relation ? relation : new Int32Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  }
  return hash;
}
