import { nearestNames } from '@ft/errors';
import type { StoredTensor } from './safetensors.ts';
import { transposeData } from './transpose-data.ts';
import { WeightsMismatchError } from './weights.ts';

/** Where a weight of the network is found in another program's file, and how it is laid out there. */
export interface WeightSource {
  readonly name: string;
  /** Read the stored values as this shape first, e.g. [512, 512, 7, 7] for a matrix over flattened images. */
  readonly shape?: readonly number[];
  /** Then put the axes in this order, e.g. [2, 3, 1, 0] from PyTorch's [out, in, height, width]. */
  readonly order?: readonly number[];
  /** At last, the shape of the network's weight where it differs, e.g. [25088, 512]. */
  readonly as?: readonly number[];
}

/** For each weight of a network, the stored one: by name where the layout is the same. */
export type WeightMap = Readonly<Record<string, string | WeightSource>>;

/**
 * Gives another program's weights the names and layout of a network of this package.
 *
 * @param stored tensors by their own names, as `decodeSafetensors`, `readTfjsWeights` or `readKerasWeights` gives them
 * @param map the network's names, e.g. `{ 'conv1/kernel': { name: 'conv1.weight', order: [2, 3, 1, 0] } }`
 * @param source where the weights come from, for messages
 * @returns tensors for `importWeights`
 * @throws WeightsMismatchError where a stored weight is missing or of another size than the map says
 */
export function mapWeights(
  stored: ReadonlyMap<string, StoredTensor>,
  map: WeightMap,
  source: string,
): Map<string, StoredTensor> {
  const mapped = new Map<string, StoredTensor>();
  for (const [target, place] of Object.entries(map)) {
    const { name, shape, order, as } = typeof place === 'string' ? ({ name: place } as WeightSource) : place;
    const tensor = stored.get(name);
    if (tensor === undefined) {
      const [near] = nearestNames(name, stored.keys());
      const advice = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`;
      throw new WeightsMismatchError(
        `${source}: weight "${name}" (for "${target}") is not among the ${stored.size} that it holds.${advice}`,
      );
    }
    const from = shape ?? tensor.shape;
    const axes = order ?? from.map((_, axis) => axis);
    const to = as ?? axes.map((axis) => from[axis]!);
    if (
      sizeOf(from) !== tensor.data.length ||
      sizeOf(to) !== tensor.data.length ||
      axes.length !== from.length
    ) {
      throw new WeightsMismatchError(
        `${source}: weight "${name}" of shape [${tensor.shape.join(', ')}] cannot be read as [${from.join(', ')}], ordered [${axes.join(', ')}], and taken as [${to.join(', ')}]. Correct the map's entry "${target}".`,
      );
    }
    mapped.set(target, { shape: to, data: transposeData(Float32Array.from(tensor.data), from, axes) });
  }
  return mapped;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
