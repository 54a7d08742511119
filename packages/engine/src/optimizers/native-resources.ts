import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { floatTypes, stringAttr, type NativeBackend, type OpAttr } from '../native-kernels/native-backend.ts';

interface Output {
  readonly id: number;
}

/** The tfjs-node internals that reach TensorFlow without a tfjs tensor for every handle. */
interface RawBackend extends NativeBackend {
  readonly binding: NativeBackend['binding'] & {
    readonly TF_ATTR_SHAPE: number;
    executeOp(name: string, attrs: OpAttr[], inputs: number[], outputs: number): Output[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(output: Output): Tensor;
}

/** TensorFlow's reserved name: the resource is freed together with its last handle. */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/**
 * Runs a TensorFlow operation that updates resource variables, on throw-away variables.
 *
 * @param states Tensors to load into resource variables, the operation's first inputs.
 * @param others Tensors that follow as its other inputs.
 * @returns The variables' values afterwards, new tensors in the order of `states`.
 */
export function applyToResources(
  backend: NativeBackend,
  operation: string,
  attrs: OpAttr[],
  states: TensorInfo[],
  others: TensorInfo[],
): Tensor[] {
  const raw = backend as RawBackend;
  const { binding } = raw;
  const type = floatTypes(backend, 'dtype');
  const handles: number[] = [];
  try {
    raw.getInputTensorIds(states).forEach((id, i) => {
      const shape = { name: 'shape', type: binding.TF_ATTR_SHAPE, value: states[i]!.shape };
      const name = stringAttr(backend, 'shared_name', anonymous);
      const [handle] = binding.executeOp('VarHandleOp', [...type, shape, name], [], 1);
      handles.push(handle!.id);
      binding.executeOp('AssignVariableOp', type, [handle!.id, id], 0);
    });
    binding.executeOp(operation, attrs, [...handles, ...raw.getInputTensorIds(others)], 0);
    return handles.map((handle) =>
      raw.createOutputTensor(binding.executeOp('ReadVariableOp', type, [handle], 1)[0]!),
    );
  } finally {
    for (const handle of handles) binding.deleteTensor(handle);
  }
}
