import type { Layer } from './architecture.ts';

/** A weight of a layer: its own name, shape, and how it starts. */
export interface LayerWeight {
  readonly suffix: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  /** One value for all, or the standard deviation of a normal distribution around 0. */
  readonly initial: number | { readonly deviation: number };
}

/**
 * The weights of a layer, for an input of `inputs` channels. Convolutions start He-normal (He et al., 2015), dense
 * layers Glorot-normal.
 */
export function layerWeights(layer: Layer, inputs: number): LayerWeight[] {
  const withBias = (shape: readonly number[], deviation: number, bias: boolean): LayerWeight[] => {
    const kernel = { suffix: 'kernel', shape, trainable: true, initial: { deviation } };
    const outputs = layer.type === 'depthwise-conv' ? inputs : shape.at(-1)!;
    return bias ? [kernel, vector('bias', outputs, 0)] : [kernel];
  };
  switch (layer.type) {
    case 'conv': {
      const { kernel, filters, bias } = layer;
      return withBias([kernel, kernel, inputs, filters], Math.sqrt(2 / (kernel * kernel * inputs)), bias);
    }
    case 'depthwise-conv':
      return withBias([layer.kernel, layer.kernel, inputs, 1], Math.sqrt(2) / layer.kernel, layer.bias);
    case 'dense':
      return withBias([inputs, layer.units], Math.sqrt(2 / (inputs + layer.units)), layer.bias);
    case 'batch-norm':
      return [
        vector('scale', inputs, 1, layer.fixedScale !== true),
        vector('offset', inputs, 0),
        vector('mean', inputs, 0, false),
        vector('variance', inputs, 1, false),
      ];
    case 'affine':
      return [vector('scale', inputs, 1), vector('offset', inputs, 0)];
    case 'prelu':
      return [vector('slope', inputs, 0.25)];
    default:
      return [];
  }
}

function vector(suffix: string, size: number, initial: number, trainable = true): LayerWeight {
  return { suffix, shape: [size], trainable, initial };
}
