import {
  BatchMatMul,
  getKernel,
  registerKernel,
  unregisterKernel,
  type BatchMatMulAttrs,
  type KernelFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { intListAttr, type NativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

/** Rows and columns of a product that the operation computes at a time. */
const BLOCK = 16;
/** Multiplications of two numbers; beyond these, TensorFlow is as fast. */
const MOST = 2 ** 26;

let installed: KernelFunc | undefined;

/**
 * Puts the engine's own operation in place of TensorFlow's product of matrices where they are small. TensorFlow divides
 * small ones among its threads, and waits for these longer than it computes.
 *
 * Does nothing where the operation was not built, or when called again.
 *
 * @returns the names of the kernels that are in place
 */
export function installMatrixProduct(native: NativeBackend): string[] {
  const stock = getKernel(BatchMatMul, 'tensorflow');
  if (stock.kernelFunc === installed) return [BatchMatMul];
  if (native.isUsingGpuDevice || !hasOwnOperations(native)) return [];
  installed = (parameters) => {
    const { a, b } = parameters.inputs as Record<'a' | 'b', Tensor>;
    const { transposeA, transposeB } = parameters.attrs as unknown as BatchMatMulAttrs;
    if (!isMatrix(a) || !isMatrix(b)) return stock.kernelFunc(parameters);
    const rows = a.shape[transposeA ? 1 : 0]!;
    const columns = b.shape[transposeB ? 0 : 1]!;
    if (Math.min(rows, columns) < BLOCK || a.size * columns > MOST) return stock.kernelFunc(parameters);
    const attrs = [intListAttr(native, 'transposed', [Number(transposeA), Number(transposeB)])];
    return (parameters.backend as NativeBackend).executeSingleOutput('FtProduct', attrs, [a, b]);
  };
  unregisterKernel(BatchMatMul, 'tensorflow');
  registerKernel({ ...stock, kernelFunc: installed });
  return [BatchMatMul];
}

function isMatrix({ shape, dtype }: Tensor): boolean {
  return shape.length === 2 && dtype === 'float32';
}
