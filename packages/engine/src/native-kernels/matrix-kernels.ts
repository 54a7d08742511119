import { matMul, tensor1d, tensor2d, tidy, type KernelConfig, type Tensor2D } from '@tensorflow/tfjs-core';
import { floatListAttr, intListAttr, type NativeBackend } from './native-backend.ts';

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
 * - `FtCrossEntropy`: `cells` [n, classes x centers] and `targets`, int32 [n], to -log softmax(logits)[target] [n], its
 *   slopes in the cells and, with one center, in the bias [classes]. The logit of a class is the largest of its centers
 *   (attribute `centers`), plus `bias` [classes], or, for the target, `right` [n], whose slope is multiplied by `slope`
 *   [n]; these three may be left out. All slopes are multiplied by the attribute `weight`.
 * - `FtAngular`: `similarities` s [n, n], `members`, int32 [all members], and `starts`, int32 [classes + 1], to
 *   log(1 + sum over negatives of e^(steepness (s[anchor, negative] + s[positive, negative]) - pull s[anchor, positive]))
 *   of all pairs of one class, and their slopes [n, n], multiplied by `weight`. Class c has the members from `starts[c]` to
 *   `starts[c + 1]`, two at least; all rows but these are its negatives, one at least.
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
      const { centers = 1, weight = 1 } = attrs as { centers?: number; weight?: number };
      const attributes = [floatListAttr(native, 'logits', [centers, weight])];
      return tidy(() => {
        const none = tensor1d([]);
        const all = [cells!, bias ?? none, targets!, right ?? none, slope ?? none];
        return native.executeMultipleOutputs('FtCrossEntropy', attributes, all, 3);
      });
    },
  },
  {
    kernelName: 'FtAngular',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs: { similarities, members, starts }, attrs, backend }) => {
      const native = backend as NativeBackend;
      const { steepness, pull, weight } = attrs as { steepness: number; pull: number; weight: number };
      const attributes = [floatListAttr(native, 'angle', [steepness, pull, weight])];
      return native.executeMultipleOutputs('FtAngular', attributes, [similarities!, members!, starts!], 2);
    },
  },
];
