import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { floatTypes, stringAttr, type NativeBackend, type OpAttr } from '../native-kernels/native-backend.ts';

interface Output {
  readonly id: number;
}

/** The tfjs-node internals that reach TensorFlow without a tfjs tensor for every handle. */
interface RawBackend extends NativeBackend {
  readonly binding: NativeBackend['binding'] & {
    readonly TF_ATTR_SHAPE: number;
    createTensor(shape: number[], type: number, values: Float32Array): number;
    executeOp(name: string, attrs: OpAttr[], inputs: number[], outputs: number): Output[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(output: Output): Tensor;
}

/** What a backend keeps between calls: resource variables, and scalars with the value that they hold. */
interface Pool {
  readonly handles: number[];
  readonly scalars: Map<string, { value: number; id: number }>;
}

const pools = new WeakMap<object, Pool>();

/**
 * Runs a TensorFlow operation that updates resource variables, on variables that hold the values for the
 * time of the call only.
 *
 * @param states Tensors to load into resource variables, the operation's first inputs.
 * @param others Its other inputs; a number stands for a scalar.
 * @returns The variables' values afterwards, new tensors in the order of `states`.
 */
export function applyToResources(
  backend: NativeBackend,
  operation: string,
  attrs: OpAttr[],
  states: TensorInfo[],
  others: (TensorInfo | number)[],
): Tensor[] {
  const raw = backend as RawBackend;
  const { binding } = raw;
  const pool = pools.get(backend) ?? { handles: [], scalars: new Map() };
  pools.set(backend, pool);
  const type = floatTypes(backend, 'dtype');
  raw.getInputTensorIds(states).forEach((id, i) => {
    pool.handles[i] ??= makeVariable(raw);
    binding.executeOp('AssignVariableOp', type, [pool.handles[i], id], 0);
  });
  const handles = pool.handles.slice(0, states.length);
  const inputs = others.map((other, i) =>
    typeof other === 'number'
      ? scalarId(raw, pool, `${operation}/${i}`, other)
      : raw.getInputTensorIds([other])[0]!,
  );
  binding.executeOp(operation, attrs, [...handles, ...inputs], 0);
  return handles.map((handle) =>
    raw.createOutputTensor(binding.executeOp('ReadVariableOp', type, [handle], 1)[0]!),
  );
}

/** TensorFlow's reserved name: every variable that bears it is one of its own. */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/** A resource variable; TensorFlow lets it take values of any shape in turn. */
function makeVariable(raw: RawBackend): number {
  const shape = { name: 'shape', type: raw.binding.TF_ATTR_SHAPE, value: [] };
  const attrs = [...floatTypes(raw, 'dtype'), shape, stringAttr(raw, 'shared_name', anonymous)];
  return raw.binding.executeOp('VarHandleOp', attrs, [], 1)[0]!.id;
}

function scalarId(raw: RawBackend, pool: Pool, key: string, value: number): number {
  const known = pool.scalars.get(key);
  if (known?.value === value) return known.id;
  if (known !== undefined) raw.binding.deleteTensor(known.id);
  const id = raw.binding.createTensor([], raw.binding.TF_FLOAT, Float32Array.of(value));
  pool.scalars.set(key, { value, id });
  return id;
}
