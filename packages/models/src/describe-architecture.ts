import type { Architecture, Layer } from './architecture.ts';
import { layerWeights } from './layer-weights.ts';
import { everyLayer, planArchitecture } from './plan-architecture.ts';

export interface LayerDescription {
  readonly name: string;
  readonly type: Layer['type'];
  /** Without the batch: [height, width, channels] or [length]. */
  readonly outputShape: readonly number[];
  /** Numbers in its weights, those of the layers inside included, without batch norm's statistics. */
  readonly parameters: number;
  /** May `embed` start, and `features` stop, after it? */
  readonly splittable: boolean;
}

export interface ArchitectureDescription {
  readonly parameters: number;
  /** Every layer, those inside blocks, residuals and concatenations too, each after the one that holds it. */
  readonly layers: readonly LayerDescription[];
}

/**
 * Names, shapes and sizes of a network, without building it.
 *
 * @throws InvalidArgumentError where the layers do not fit together
 */
export function describeArchitecture(architecture: Architecture): ArchitectureDescription {
  const { layers, ends } = planArchitecture(architecture);
  const planned = everyLayer(layers);
  const own = planned.map(({ layer, inputShape }) =>
    layerWeights(layer, inputShape.at(-1)!)
      .filter(({ suffix }) => suffix !== 'mean' && suffix !== 'variance')
      .reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0),
  );
  return {
    parameters: own.reduce((sum, count) => sum + count, 0),
    layers: planned.map(({ layer, name, outputShape, paths }, index) => {
      const inside = paths.flatMap(everyLayer).length;
      return {
        name,
        type: layer.type,
        outputShape,
        parameters: own.slice(index, index + 1 + inside).reduce((sum, count) => sum + count, 0),
        splittable: ends.has(name),
      };
    }),
  };
}
