import { InvalidArgumentError } from '@ft/errors';
import type { Architecture, Layer, Padding } from './architecture.ts';

/** A layer with its name and shapes, without the batch dimension: [height, width, channels] or [length]. */
export interface PlannedLayer {
  readonly layer: Layer;
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Layers inside: those of a block, branch and shortcut of a residual, the branches of a concatenation. */
  readonly paths: readonly (readonly PlannedLayer[])[];
}

/** A network as a chain of steps that can be cut between any two. */
export interface Plan {
  readonly layers: readonly PlannedLayer[];
  /** `layers` with every block replaced by what it holds. */
  readonly steps: readonly PlannedLayer[];
  /** Number of steps up to and with a block or step, by its name. */
  readonly ends: ReadonlyMap<string, number>;
}

/**
 * Names every layer and computes its shapes.
 *
 * @throws InvalidArgumentError where the layers do not fit together or the last one does not give an embedding
 */
export function planArchitecture(architecture: Architecture): Plan {
  const { height, width, channels } = architecture.input;
  const layers = planPath(architecture.layers, '', [height, width, channels], 'architecture.layers');
  const last = layers.at(-1)?.outputShape ?? [height, width, channels];
  if (last.length !== 1 || last[0] !== architecture.embeddingSize) {
    throw new InvalidArgumentError({
      where: 'createModel',
      argument: 'architecture.layers',
      expected: `an output of shape [batch, ${architecture.embeddingSize}] (the embeddingSize)`,
      got: last.length === 1 ? `[batch, ${last[0]}]` : `images of ${last[2]} channels`,
    });
  }
  const steps: PlannedLayer[] = [];
  const ends = new Map<string, number>();
  const unroll = (path: readonly PlannedLayer[]) => {
    for (const planned of path) {
      if (planned.layer.type === 'block') unroll(planned.paths[0]!);
      else steps.push(planned);
      ends.set(planned.name, steps.length);
    }
  };
  unroll(layers);
  return { layers, steps, ends };
}

/** Every layer of a path, with those inside, in the order of their weights. */
export function everyLayer(path: readonly PlannedLayer[]): PlannedLayer[] {
  return path.flatMap((planned) => [planned, ...planned.paths.flatMap(everyLayer)]);
}

const KINDS: Partial<Record<Layer['type'], string>> = { 'batch-norm': 'norm', 'depthwise-conv': 'depthwise' };

function planPath(
  layers: readonly Layer[],
  scope: string,
  inputShape: readonly number[],
  argument: string,
): PlannedLayer[] {
  const names = new Set<string>();
  const counts = new Map<string, number>();
  let shape = inputShape;
  return layers.map((layer, index) => {
    const place = `${argument}[${index}]`;
    let own: string;
    if (layer.type === 'block') {
      own = layer.name;
    } else {
      const kind = KINDS[layer.type] ?? layer.type;
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      own = `${kind}${count}`;
    }
    if (names.has(own) || !/^[\w-]+$/.test(own)) {
      refuse(`${place}.name`, 'of letters, digits, "-" and "_", and another one than its neighbours', own);
    }
    names.add(own);
    const planned = planLayer(layer, `${scope}${own}`, shape, place);
    shape = planned.outputShape;
    return planned;
  });
}

function planLayer(layer: Layer, name: string, inputShape: readonly number[], place: string): PlannedLayer {
  const isImage = inputShape.length === 3;
  const [height = 0, width = 0, channels = 0] = inputShape;
  const leaf = (outputShape: readonly number[]) => ({ layer, name, inputShape, outputShape, paths: [] });
  const needsImages = () => {
    if (!isImage) refuse(place, 'before a global average or a flattening', layer.type);
  };
  const needsVectors = () => {
    if (isImage) refuse(place, 'after a global average or a flattening', layer.type);
  };
  const windows = (size: number, stride: number, padding: Padding) => {
    needsImages();
    const count = (length: number) => windowCount(length, size, stride, padding);
    if (!(count(height) > 0 && count(width) > 0)) {
      refuse(place, `of a window that fits into ${height} x ${width}`, `${layer.type} of ${size}`);
    }
    return [count(height), count(width)] as const;
  };
  switch (layer.type) {
    case 'conv':
      return leaf([...windows(layer.kernel, layer.stride, layer.padding ?? 'same'), layer.filters]);
    case 'depthwise-conv':
      return leaf([...windows(layer.kernel, layer.stride, layer.padding), channels]);
    case 'max-pool':
    case 'average-pool':
      return leaf([...windows(layer.size, layer.stride, layer.padding), channels]);
    case 'l2-pool':
      return leaf([...windows(layer.size, layer.stride, 'valid'), channels]);
    case 'batch-norm':
    case 'affine':
    case 'relu':
    case 'prelu':
      return leaf(inputShape);
    case 'local-response-norm':
      needsImages();
      return leaf(inputShape);
    case 'pad': {
      needsImages();
      const [top, bottom] = layer.rows;
      const [left, right] = layer.columns;
      return leaf([top + height + bottom, left + width + right, channels + layer.channels]);
    }
    case 'crop': {
      needsImages();
      const { top, left, size } = layer;
      if (!(top >= 0 && left >= 0 && top + size <= height && left + size <= width)) {
        refuse(
          place,
          `a square within ${height} x ${width}`,
          `${size} x ${size} from row ${top}, column ${left}`,
        );
      }
      return leaf([size, size, channels]);
    }
    case 'global-average-pool':
      needsImages();
      return leaf([channels]);
    case 'flatten':
      needsImages();
      return leaf([height * width * channels]);
    case 'dense':
      needsVectors();
      return leaf([layer.units]);
    case 'l2-normalize':
      needsVectors();
      return leaf(inputShape);
    case 'block': {
      if (layer.layers.length === 0) refuse(`${place}.layers`, 'one layer or more', 'none');
      const path = planPath(layer.layers, `${name}/`, inputShape, `${place}.layers`);
      return { layer, name, inputShape, outputShape: path.at(-1)!.outputShape, paths: [path] };
    }
    case 'residual': {
      const branch = planPath(layer.branch, `${name}/branch/`, inputShape, `${place}.branch`);
      const shortcut = planPath(layer.shortcut, `${name}/shortcut/`, inputShape, `${place}.shortcut`);
      const outputShape = branch.at(-1)?.outputShape ?? inputShape;
      const other = shortcut.at(-1)?.outputShape ?? inputShape;
      if (outputShape.join() !== other.join()) {
        refuse(
          `${place}.shortcut`,
          `of the branch's shape [${outputShape.join(', ')}]`,
          `[${other.join(', ')}]`,
        );
      }
      return { layer, name, inputShape, outputShape, paths: [branch, shortcut] };
    }
    case 'concat': {
      const paths = layer.branches.map((branch, index) =>
        planPath(branch, `${name}/branch${index + 1}/`, inputShape, `${place}.branches[${index}]`),
      );
      const shapes = paths.map((path) => path.at(-1)?.outputShape ?? inputShape);
      const [first = []] = shapes;
      if (
        first.length === 0 ||
        shapes.some((shape) => shape.slice(0, -1).join() !== first.slice(0, -1).join())
      ) {
        const sizes = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ');
        refuse(`${place}.branches`, 'of one height and width', sizes);
      }
      const total = shapes.reduce((sum, shape) => sum + shape.at(-1)!, 0);
      return { layer, name, inputShape, outputShape: [...first.slice(0, -1), total], paths };
    }
    default:
      // An architecture read from a file may come from a later release.
      return refuse(`${place}.type`, 'a layer that this release knows', (layer as { type?: unknown }).type);
  }
}

function windowCount(length: number, size: number, stride: number, padding: Padding): number {
  if (padding === 'same') return Math.ceil(length / stride);
  return Math.floor((length + 2 * (padding === 'valid' ? 0 : padding) - size) / stride) + 1;
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where: 'createModel', argument, expected, got });
}
