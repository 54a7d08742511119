import { matMul, tensor1d, tensor2d, tidy, type KernelConfig, type Tensor2D } from '@tensorflow/tfjs-core';
import { intListAttr, type NativeBackend } from './native-backend.ts';

/**
 * Kernels of the native engine for matrices of a batch, for packages that find them by name; none has a gradient.
 *
 * - `FtUnitRows`: `x` [n, d] to its rows at length 1 (a row of zeros stays) and 1 / length [n];
 * - `FtUnitRowsGradient`: `dy`, and the two outputs of `FtUnitRows`, to the gradient by x;
 * - `FtPairwiseDistances`: `x` [n, d] to `y` [m, d], or to itself without `y`; Euclidean, and squared without the
 *   attribute `root`; right to a few roundings of float32, 0 between copies;
 * - `FtLaplacian`: `slopes` at distances [n, n] to the matrix that gives, times the points, their gradient; with
 *   `distances` the Euclidean ones, else squared ones;
 * - `FtAddTranspose`: `x` [n, n] plus its transpose;
 * - `FtCrossEntropy`: `cells` [n, classes x centers] and `targets`, int32 [n], to -log softmax(logits)[target] [n] and its
 *   slopes in the cells. The logit of a class is the largest of its centers (attribute `centers`), plus `bias` [classes],
 *   or, for the target, `right` [n], whose slope is multiplied by `slope` [n]; these three may be left out.
 */
export const matrixKernels: KernelConfig[] = [
  {
    kernelName: 'FtUnitRows',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, backend }) =>
      (backend as NativeBackend).executeMultipleOutputs('FtUnitRows', [], [inputs['x']!], 2),
  },
  {
    kernelName: 'FtUnitRowsGradient',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs: { dy, y, inverse }, backend }) =>
      (backend as NativeBackend).executeSingleOutput('FtUnitRowsGradient', [], [dy!, y!, inverse!]),
  },
  {
    kernelName: 'FtPairwiseDistances',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const native = backend as NativeBackend;
      const { x, y } = inputs as { x: Tensor2D; y?: Tensor2D };
      const attributes = [intListAttr(native, 'root', [Number((attrs as { root?: boolean }).root)])];
      return tidy(() => {
        const seen = (points: Tensor2D) =>
          native.executeSingleOutput('FtCenter', [], [points, x]) as Tensor2D;
        const none = tensor2d([], [0, x.shape[1]]);
        const from = seen(x);
        const [to, given] = y === undefined ? [none, none] : [seen(y), y];
        const products = matMul(from, y === undefined ? from : to, false, true);
        return native.executeSingleOutput('FtDistances', attributes, [products, x, from, given, to]);
      });
    },
  },
  {
    kernelName: 'FtLaplacian',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs: { slopes, distances }, backend }) =>
      tidy(() =>
        (backend as NativeBackend).executeSingleOutput(
          'FtLaplacian',
          [],
          [slopes!, distances ?? tensor1d([])],
        ),
      ),
  },
  {
    kernelName: 'FtAddTranspose',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, backend }) =>
      (backend as NativeBackend).executeSingleOutput('FtAddTranspose', [], [inputs['x']!]),
  },
  {
    kernelName: 'FtCrossEntropy',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs: { cells, targets, bias, right, slope }, attrs, backend }) => {
      const native = backend as NativeBackend;
      const attributes = [intListAttr(native, 'centers', [(attrs as { centers?: number }).centers ?? 1])];
      return tidy(() => {
        const none = tensor1d([]);
        const all = [cells!, bias ?? none, targets!, right ?? none, slope ?? none];
        return native.executeMultipleOutputs('FtCrossEntropy', attributes, all, 2);
      });
    },
  },
];
