import { InvalidArgumentError } from '@ft/errors';
import type { MinerBatch } from '@ft/miner-api';

/**
 * Refuses a batch whose parts do not fit together. Looks at sizes only, so it costs nothing.
 *
 * @param where who complains, e.g. `miner "hard"`
 * @throws InvalidArgumentError naming the part
 */
export function checkBatch(where: string, batch: MinerBatch): void {
  const { anchors, candidates, data } = batch.distances;
  checkSize('distances.anchors', anchors);
  checkSize('distances.candidates', candidates);
  checkColumn('distances.data', data, Float32Array, anchors * candidates);
  checkColumn('anchorLabels', batch.anchorLabels, Int32Array, anchors);
  checkColumn('candidateLabels', batch.candidateLabels, Int32Array, candidates);
  checkColumn('selfIndex', batch.selfIndex, Int32Array, anchors);
  if (batch.relation !== undefined) {
    checkColumn('relation', batch.relation, Uint8Array, anchors * candidates);
  }
  if (batch.embeddings !== undefined) {
    const { dimension } = batch.embeddings;
    checkSize('embeddings.dimension', dimension);
    checkColumn('embeddings.anchors', batch.embeddings.anchors, Float32Array, anchors * dimension);
    checkColumn('embeddings.candidates', batch.embeddings.candidates, Float32Array, candidates * dimension);
  }

  function checkSize(argument: string, got: number) {
    if (!Number.isInteger(got) || got < 0) {
      throw new InvalidArgumentError({
        where,
        argument: `batch.${argument}`,
        expected: 'a whole number of at least 0',
        got,
      });
    }
  }

  function checkColumn(
    argument: string,
    got: { readonly length: number },
    type: { new (length: number): object; readonly name: string },
    length: number,
  ) {
    if (!(got instanceof type) || got.length !== length) {
      const article = type === Int32Array ? 'an' : 'a';
      const expected = `${article} ${type.name} of ${length} (anchors: ${anchors}, candidates: ${candidates})`;
      throw new InvalidArgumentError({ where, argument: `batch.${argument}`, expected, got });
    }
  }
}
