import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { FtError } from '@ft/errors';
import type { Padding } from '../architecture.ts';
import type { EmbeddingModel } from '../create-model.ts';
import { planArchitecture, type PlannedLayer } from '../plan-architecture.ts';
import { exportWeights } from '../weights.ts';
import { createLayersTopology, type LayersTopology, type LayersWeight } from './layers-topology.ts';

/** A network has a layer that the format cannot express. */
export class ExportError extends FtError {
  static override readonly code: string = 'FT_EXPORT';
}

/**
 * Writes a model as a folder that `tf.loadLayersModel` reads: `model.json` and `weights.bin`. Its input is what `embed`
 * takes, RGB pixels in 0..255, float32 [batch, height, width, 3]; its output what `embed` gives without training.
 *
 * A layer's name is that of the architecture with dots for slashes.
 *
 * @param directory made where missing
 * @throws ExportError where a layer has no counterpart in tfjs-layers: `l2-pool`, `local-response-norm` (so nn4.small2
 *   goes to ONNX only), and a padded `max-pool` that no `relu` precedes
 */
export async function exportTfjsLayers(model: EmbeddingModel, directory: string): Promise<void> {
  const { architecture } = model;
  const { input, embeddingSize, normalize } = architecture;
  const shape = [input.height, input.width, input.channels];
  const topology = createLayersTopology(architecture.name, { name: 'images', shape });
  // A batch norm that was never trained does what the input contract says.
  const deviation = Float32Array.of(1, 1, 1).fill(1 / input.scale ** 2);
  const statistics: LayersWeight[] = [
    ['moving_mean', [3], Float32Array.from(input.mean)],
    ['moving_variance', [3], deviation],
  ];
  let x = topology.add('BatchNormalization', 'input', ['images'], PLAIN_NORM, statistics);
  const draw = await layersDrawing(topology, model);
  x = draw(planArchitecture(architecture).layers, x);
  if (normalize) x = unitLength(topology, x, embeddingSize, 'output');
  const { model: description, weights } = topology.files('weights.bin', x, { architecture });
  await mkdir(directory, { recursive: true });
  await writeFileAtomic(join(directory, 'weights.bin'), weights);
  await writeFileAtomic(join(directory, 'model.json'), JSON.stringify(description));
}

const PLAIN_NORM = { axis: -1, momentum: 0.99, epsilon: 0, center: false, scale: false };
const POINTWISE = { kernel_size: [1, 1], strides: [1, 1], padding: 'valid', use_bias: false };

/**
 * Rows divided by their length. tfjs-layers has no layer for it, but [x, -x] has mean 0 and variance |x|^2 / n, so that
 * layer normalisation gives x * sqrt(n) / |x|.
 */
function unitLength(topology: LayersTopology, x: string, size: number, name: string): string {
  const pointwise = { kernel_size: [1], strides: [1], padding: 'valid', use_bias: false };
  let y = topology.add('Reshape', `${name}.column`, [x], { target_shape: [size, 1] });
  y = topology.add('Conv1D', `${name}.signs`, [y], { ...pointwise, filters: 2 }, [
    ['kernel', [1, 1, 2], Float32Array.of(1, -1)],
  ]);
  const norm = { axis: [1, 2], epsilon: 1e-12 / size, center: false, scale: false };
  y = topology.add('LayerNormalization', `${name}.normalised`, [y], norm);
  y = topology.add('Conv1D', `${name}.scaled`, [y], { ...pointwise, filters: 1 }, [
    ['kernel', [1, 2, 1], Float32Array.of(1 / Math.sqrt(size), 0)],
  ]);
  return topology.add('Reshape', name, [y], { target_shape: [size] });
}

/** Gives a function that appends layers to the topology. */
async function layersDrawing(topology: LayersTopology, model: EmbeddingModel) {
  const stored = await exportWeights(model);
  const path = (layers: readonly PlannedLayer[], x: string): string => {
    let y = x;
    layers.forEach((planned, index) => {
      y = draw(planned, y, layers[index - 1]?.layer.type === 'relu');
    });
    return y;
  };

  const draw = (planned: PlannedLayer, x: string, positive: boolean): string => {
    const { layer, inputShape, outputShape, paths } = planned;
    const name = planned.name.replaceAll('/', '.');
    const isImage = inputShape.length === 3;
    const refuse = (what: string): never => {
      throw new ExportError(
        `${model.architecture.name} cannot be exported to tfjs-layers: ${planned.name} is ${what}. Export to ONNX.`,
      );
    };
    const weight = (suffix: string, as: string, shape?: readonly number[]): LayersWeight => {
      const { shape: own, data } = stored.get(`${planned.name}/${suffix}`)!;
      return [as, shape ?? own, data as Float32Array];
    };
    const spread = (rows: readonly number[], columns: readonly number[], from: string) => {
      if (rows[0] === 0 && rows[1] === 0 && columns[0] === 0 && columns[1] === 0) return from;
      const config = { padding: [rows, columns], data_format: 'channels_last' };
      return topology.add('ZeroPadding2D', `${name}.padding`, [from], config);
    };
    /** The input with padding by number done, and the padding that is left for the layer itself. */
    const padded = (padding: Padding): { input: string; padding: 'same' | 'valid' } =>
      typeof padding === 'number'
        ? { input: spread([padding, padding], [padding, padding], x), padding: 'valid' }
        : { input: x, padding };
    const pool = (className: string, size: number, stride: number, amount: Padding) => {
      const { input, padding } = padded(amount);
      return topology.add(className, name, [input], {
        pool_size: [size, size],
        strides: [stride, stride],
        padding,
      });
    };
    switch (layer.type) {
      case 'conv':
      case 'depthwise-conv': {
        const { kernel, stride, bias } = layer;
        const { input, padding } = padded(layer.padding ?? 'same');
        const config = {
          kernel_size: [kernel, kernel],
          strides: [stride, stride],
          padding,
          use_bias: bias,
          ...(layer.type === 'conv' ? { filters: layer.filters } : { depth_multiplier: 1 }),
        };
        const weights = [weight('kernel', layer.type === 'conv' ? 'kernel' : 'depthwise_kernel')];
        if (bias) weights.push(weight('bias', 'bias'));
        return topology.add(
          layer.type === 'conv' ? 'Conv2D' : 'DepthwiseConv2D',
          name,
          [input],
          config,
          weights,
        );
      }
      case 'dense': {
        const weights = [weight('kernel', 'kernel')];
        if (layer.bias) weights.push(weight('bias', 'bias'));
        return topology.add('Dense', name, [x], { units: layer.units, use_bias: layer.bias }, weights);
      }
      case 'batch-norm':
        return topology.add(
          'BatchNormalization',
          name,
          [x],
          { axis: -1, momentum: layer.momentum, epsilon: layer.epsilon, center: true, scale: true },
          [
            weight('scale', 'gamma'),
            weight('offset', 'beta'),
            weight('mean', 'moving_mean'),
            weight('variance', 'moving_variance'),
          ],
        );
      case 'affine': {
        const channels = inputShape.at(-1)!;
        return topology.add('BatchNormalization', name, [x], { ...PLAIN_NORM, center: true, scale: true }, [
          weight('scale', 'gamma'),
          weight('offset', 'beta'),
          ['moving_mean', [channels], new Float32Array(channels)],
          ['moving_variance', [channels], new Float32Array(channels).fill(1)],
        ]);
      }
      case 'relu':
        return topology.add('ReLU', name, [x]);
      case 'prelu': {
        const channels = inputShape.at(-1)!;
        const shared = isImage ? { shared_axes: [1, 2] } : {};
        return topology.add('PReLU', name, [x], shared, [
          weight('slope', 'alpha', isImage ? [1, 1, channels] : [channels]),
        ]);
      }
      case 'max-pool':
        // Zeros may stand for the padding only where nothing is below them.
        if (typeof layer.padding === 'number' && layer.padding > 0 && !positive) {
          refuse('a padded max-pool that no relu precedes');
        }
        return pool('MaxPooling2D', layer.size, layer.stride, layer.padding);
      case 'average-pool':
        return pool('AveragePooling2D', layer.size, layer.stride, layer.padding);
      case 'pad': {
        const y = spread(layer.rows, layer.columns, x);
        if (layer.channels === 0) return y;
        // A convolution of 1x1 that copies the channels there are and gives zeros for the others.
        const [channels, filters] = [inputShape[2]!, outputShape[2]!];
        const kernel = new Float32Array(channels * filters);
        for (let i = 0; i < channels; i++) kernel[i * filters + i] = 1;
        return topology.add('Conv2D', name, [y], { ...POINTWISE, filters }, [
          ['kernel', [1, 1, channels, filters], kernel],
        ]);
      }
      case 'crop': {
        const [height, width] = inputShape as [number, number];
        const { top, left, size } = layer;
        const cropping = [
          [top, height - top - size],
          [left, width - left - size],
        ];
        return topology.add('Cropping2D', name, [x], { cropping, data_format: 'channels_last' });
      }
      case 'l2-normalize':
        return unitLength(topology, x, inputShape[0]!, name);
      case 'global-average-pool':
        return topology.add('GlobalAveragePooling2D', name, [x]);
      case 'flatten':
        return topology.add('Flatten', name, [x]);
      case 'block':
        return path(paths[0]!, x);
      case 'residual':
        return topology.add('Add', name, [path(paths[0]!, x), path(paths[1]!, x)]);
      case 'concat':
        return topology.add(
          'Concatenate',
          name,
          paths.map((branch) => path(branch, x)),
          { axis: -1 },
        );
      case 'l2-pool':
      case 'local-response-norm':
        return refuse(`a layer of type ${layer.type}`);
    }
  };
  return path;
}
