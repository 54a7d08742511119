import {
  engine,
  getKernel,
  registerKernel,
  unregisterKernel,
  util,
  type KernelFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';

interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Record<string, Tensor>;
  readonly outputs: Tensor[];
}

/** Axes over which each mean was taken; the tape does not keep them. */
const meanAxes = new WeakMap<object, number[]>();

/** Makes the native mean remember its axes, for {@link areBatchStatistics}. */
export function watchMeans(): void {
  const stock = getKernel('Mean', 'tensorflow');
  if (stock === undefined || stock.kernelFunc === watched) return;
  const { kernelFunc } = stock;
  watched = (parameters) => {
    const mean = kernelFunc(parameters) as Tensor;
    const { x } = parameters.inputs as { x: Tensor };
    meanAxes.set(mean, util.parseAxisParam(parameters.attrs!['axis'] as number | number[], x.shape));
    return mean;
  };
  unregisterKernel('Mean', 'tensorflow');
  registerKernel({ ...stock, kernelFunc: watched });
}

let watched: KernelFunc | undefined;

/** Kernels that pass their input's numbers on unchanged. */
const passing = new Set(['Reshape', 'Cast', 'Identity']);

/**
 * Are `mean` and `variance` the moments of x over all axes but the last, computed from x itself on the tape
 * that is being recorded? Then the batch norm that gets them normalises x by its own statistics.
 *
 * Only the tape can tell: the same numbers from anywhere else would have to count as constants.
 */
export function areBatchStatistics(x: Tensor, mean: Tensor, variance: Tensor): boolean {
  const { activeTape, gradientDepth } = engine().state as unknown as {
    activeTape: TapeNode[] | null;
    gradientDepth: number;
  };
  // A gradient of a gradient needs the composed form, see overrideGradient.
  if (activeTape === null || activeTape === undefined || gradientDepth !== 1) return false;
  const tape = activeTape;
  const producer = (tensor: Tensor): TapeNode | undefined =>
    tape.findLast(({ outputs }) => outputs.some(({ id }) => id === tensor.id));
  const source = (tensor: Tensor): Tensor => {
    const node = producer(tensor);
    return node !== undefined && passing.has(node.kernelName)
      ? source(Object.values(node.inputs)[0]!)
      : tensor;
  };
  /** The node that made `tensor`, if it is of this kernel. */
  const madeBy = (tensor: Tensor, kernelName: string): TapeNode | undefined => {
    const node = producer(source(tensor));
    return node?.kernelName === kernelName ? node : undefined;
  };
  const averaged = (tensor: Tensor): Tensor | undefined => {
    const node = madeBy(tensor, 'Mean');
    const input = node?.inputs['x'];
    const axes = (node && meanAxes.get(node.outputs[0]!)) ?? [];
    const allButLast = axes.length === x.rank - 1 && axes.every((axis, i) => axis === i);
    return allButLast && input?.rank === x.rank ? input : undefined;
  };

  const meanOf = averaged(mean);
  const squares = averaged(variance);
  const differences = squares && madeBy(squares, 'Square')?.inputs['x'];
  const { a, b } = (differences && madeBy(differences, 'Sub')?.inputs) ?? {};
  if (meanOf === undefined || a === undefined || b === undefined) return false;
  const same = source(x).id;
  return source(meanOf).id === same && source(a).id === same && source(b).id === source(mean).id;
}
