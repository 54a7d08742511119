import { writeFileAtomic } from '@ft/atomic-file';
import type { Padding } from '../architecture.ts';
import type { EmbeddingModel } from '../create-model.ts';
import { planArchitecture, type PlannedLayer } from '../plan-architecture.ts';
import { exportWeights } from '../weights.ts';
import { createOnnxGraph, type OnnxAttribute, type OnnxGraph } from './onnx-graph.ts';
import { transposeData } from '../transpose-data.ts';
import { windowPadding } from './window-padding.ts';

/**
 * Writes a model as an ONNX file (operator set 17). Its input `images` is what `embed` takes: RGB pixels in 0..255,
 * float32 [batch, height, width, 3]; its output `embeddings` what `embed` gives without training.
 *
 * @param file the folder must exist; an older file is replaced in one step
 */
export async function exportOnnx(model: EmbeddingModel, file: string): Promise<void> {
  const { architecture } = model;
  const { input, embeddingSize, normalize } = architecture;
  const graph = createOnnxGraph();
  const draw = await onnxDrawing(graph, model);
  const mean = graph.constant('input/mean', [3], Float32Array.from(input.mean));
  const scale = graph.constant('input/scale', [], Float32Array.of(input.scale));
  let x = graph.node('Sub', 'input/centred', ['images', mean]);
  x = graph.node('Mul', 'input/scaled', [x, scale]);
  x = graph.node('Transpose', 'input/channels-first', [x], { perm: { ints: [0, 3, 1, 2] } });
  x = draw(planArchitecture(architecture).layers, x);
  if (normalize) x = unitLength(graph, x, 'output');
  graph.node('Identity', 'embeddings', [x]);
  const bytes = graph.model(
    architecture.name,
    { name: 'images', shape: [input.height, input.width, input.channels] },
    { name: 'embeddings', shape: [embeddingSize] },
    { architecture: JSON.stringify(architecture) },
  );
  await writeFileAtomic(file, bytes);
}

/** Rows divided by their length; the last node is named `NAME/unit`. */
function unitLength(graph: OnnxGraph, x: string, name: string): string {
  const length = graph.node('ReduceL2', `${name}/length`, [x], { axes: { ints: [1] }, keepdims: { int: 1 } });
  const least = graph.constant(`${name}/least`, [], Float32Array.of(1e-6));
  return graph.node('Div', `${name}/unit`, [x, graph.node('Max', `${name}/divisor`, [length, least])]);
}

/** Gives a function that appends layers to the graph, images as [batch, channels, height, width]. */
async function onnxDrawing(graph: OnnxGraph, model: EmbeddingModel) {
  const stored = await exportWeights(model);
  const path = (layers: readonly PlannedLayer[], x: string): string =>
    layers.reduce((y, planned) => draw(planned, y), x);

  const draw = ({ layer, name, inputShape, outputShape, paths }: PlannedLayer, x: string): string => {
    const isImage = inputShape.length === 3;
    const weight = (suffix: string, order?: readonly number[]) => {
      const { shape, data } = stored.get(`${name}/${suffix}`)!;
      const values = data as Float32Array;
      if (order === undefined) return graph.constant(`${name}/${suffix}`, shape, values);
      const moved = order.map((axis) => shape[axis]!);
      return graph.constant(`${name}/${suffix}`, moved, transposeData(values, shape, order));
    };
    /** A weight of one number a channel, to be combined with images. */
    const perChannel = (suffix: string) => {
      const { shape, data } = stored.get(`${name}/${suffix}`)!;
      const spread = isImage ? [shape[0]!, 1, 1] : shape;
      return graph.constant(`${name}/${suffix}`, spread, data as Float32Array);
    };
    const windows = (size: number, stride: number, padding: Padding): Record<string, OnnxAttribute> => {
      const [top, bottom] = windowPadding(inputShape[0]!, size, stride, padding);
      const [left, right] = windowPadding(inputShape[1]!, size, stride, padding);
      return {
        kernel_shape: { ints: [size, size] },
        strides: { ints: [stride, stride] },
        pads: { ints: [top, left, bottom, right] },
      };
    };
    const convolution = (
      { kernel, stride, bias }: { kernel: number; stride: number; bias: boolean },
      padding: Padding,
      order: readonly number[],
      group: number,
    ) =>
      graph.node('Conv', name, [x, weight('kernel', order), ...(bias ? [weight('bias')] : [])], {
        ...windows(kernel, stride, padding),
        group: { int: group },
      });
    switch (layer.type) {
      case 'conv':
        return convolution(layer, layer.padding ?? 'same', [3, 2, 0, 1], 1);
      case 'depthwise-conv':
        return convolution(layer, layer.padding, [2, 3, 0, 1], inputShape[2]!);
      case 'dense': {
        const y = graph.node('MatMul', layer.bias ? `${name}/product` : name, [x, weight('kernel')]);
        return layer.bias ? graph.node('Add', name, [y, weight('bias')]) : y;
      }
      case 'batch-norm': {
        const inputs = [x, weight('scale'), weight('offset'), weight('mean'), weight('variance')];
        return graph.node('BatchNormalization', name, inputs, { epsilon: { float: layer.epsilon } });
      }
      case 'affine': {
        const scaled = graph.node('Mul', `${name}/scaled`, [x, perChannel('scale')]);
        return graph.node('Add', name, [scaled, perChannel('offset')]);
      }
      case 'relu':
        return graph.node('Relu', name, [x]);
      case 'prelu':
        return graph.node('PRelu', name, [x, perChannel('slope')]);
      case 'max-pool':
        return graph.node('MaxPool', name, [x], windows(layer.size, layer.stride, layer.padding));
      case 'average-pool':
        return graph.node('AveragePool', name, [x], {
          ...windows(layer.size, layer.stride, layer.padding),
          count_include_pad: { int: layer.padding === 'same' ? 0 : 1 },
        });
      case 'l2-pool':
        return graph.node('LpPool', name, [x], {
          ...windows(layer.size, layer.stride, 'valid'),
          p: { int: 2 },
        });
      case 'local-response-norm': {
        const size = 2 * layer.radius + 1;
        return graph.node('LRN', name, [x], {
          size: { int: size },
          alpha: { float: layer.alpha * size },
          beta: { float: layer.beta },
          bias: { float: layer.bias },
        });
      }
      case 'pad': {
        const [top, bottom] = layer.rows;
        const [left, right] = layer.columns;
        const amounts = [0, 0, top, left, 0, layer.channels, bottom, right];
        const pads = graph.constant(`${name}/amounts`, [8], BigInt64Array.from(amounts, BigInt));
        return graph.node('Pad', name, [x, pads]);
      }
      case 'crop': {
        const { top, left, size } = layer;
        const corners = [
          ['starts', [top, left]],
          ['ends', [top + size, left + size]],
          ['axes', [2, 3]],
        ] as const;
        const places = corners.map(([what, values]) =>
          graph.constant(`${name}/${what}`, [2], BigInt64Array.from(values, BigInt)),
        );
        return graph.node('Slice', name, [x, ...places]);
      }
      case 'l2-normalize':
        return unitLength(graph, x, name);
      case 'global-average-pool':
        return graph.node('ReduceMean', name, [x], { axes: { ints: [2, 3] }, keepdims: { int: 0 } });
      case 'flatten': {
        const order = { perm: { ints: [0, 2, 3, 1] } };
        const last = graph.node('Transpose', `${name}/channels-last`, [x], order);
        const shape = graph.constant(`${name}/shape`, [2], BigInt64Array.of(-1n, BigInt(outputShape[0]!)));
        return graph.node('Reshape', name, [last, shape]);
      }
      case 'block':
        return path(paths[0]!, x);
      case 'residual':
        return graph.node('Add', name, [path(paths[0]!, x), path(paths[1]!, x)]);
      case 'concat':
        return graph.node(
          'Concat',
          name,
          paths.map((branch) => path(branch, x)),
          { axis: { int: 1 } },
        );
    }
  };
  return path;
}
