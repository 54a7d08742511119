import { InvalidArgumentError, nearestNames } from '@ft/errors';
import type { Architecture } from './architecture.ts';
import { layerWeights } from './layer-weights.ts';
import type { WeightMap, WeightSource } from './map-weights.ts';
import { everyLayer, planArchitecture, type PlannedLayer } from './plan-architecture.ts';

/** What PyTorch calls the weights of its modules. */
const NAMES: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  scale: 'weight',
  offset: 'bias',
  mean: 'running_mean',
  variance: 'running_var',
  slope: 'weight',
};

/**
 * The map that reads a PyTorch state dict, saved as safetensors, into a network: from the names of modules to those of
 * weights, with PyTorch's layouts of convolutions, matrices, and matrices over a flattened image.
 *
 * @param architecture the network to read into
 * @param modules for each layer with weights the module in PyTorch, e.g. `{ 'stem/conv1': 'conv1', 'stem/norm1': 'bn1' }`
 * @returns a map for `mapWeights`
 * @throws InvalidArgumentError where a layer with weights has no module, or the network has no such layer
 */
export function pytorchWeightMap(
  architecture: Architecture,
  modules: Readonly<Record<string, string>>,
): WeightMap {
  const planned = everyLayer(planArchitecture(architecture).layers);
  const map: Record<string, WeightSource> = {};
  const known = new Set<string>();
  planned.forEach((layer, index) => {
    for (const { suffix, shape } of layerWeights(layer.layer, layer.inputShape.at(-1)!)) {
      known.add(layer.name);
      const module = modules[layer.name];
      if (module === undefined) refuse(`a module for "${layer.name}", too`, Object.keys(modules));
      const name = `${module}.${NAMES[suffix]}`;
      map[`${layer.name}/${suffix}`] =
        suffix === 'kernel' ? { name, ...layoutOf(layer, shape, planned[index - 1]) } : { name };
    }
  });
  for (const layer of Object.keys(modules)) {
    if (known.has(layer)) continue;
    const [near] = nearestNames(layer, known);
    refuse('of layers with weights only', layer, near);
  }
  return map;
}

function layoutOf(
  { layer }: PlannedLayer,
  shape: readonly number[],
  before: PlannedLayer | undefined,
): Pick<WeightSource, 'shape' | 'order' | 'as'> {
  if (layer.type === 'depthwise-conv') return { order: [2, 3, 0, 1] };
  if (layer.type === 'conv') return { order: [2, 3, 1, 0] };
  if (before?.layer.type !== 'flatten') return { order: [1, 0] };
  // PyTorch flattens channels, rows, columns.
  const [height, width, channels] = before.inputShape as [number, number, number];
  return { shape: [shape[1]!, channels, height, width], order: [2, 3, 1, 0], as: shape };
}

function refuse(expected: string, got: unknown, near?: string): never {
  throw new InvalidArgumentError({
    where: 'pytorchWeightMap',
    argument: 'modules',
    expected,
    got,
    ...(near === undefined ? {} : { remedy: `Did you mean ${JSON.stringify(near)}?` }),
  });
}
