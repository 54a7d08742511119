import { findBackend, type KernelBackend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

/** One attribute of a TensorFlow operation, in the form that the tfjs-node addon takes. */
export interface OpAttr {
  name: string;
  type: number;
  value: unknown;
}

/** The part of the tfjs-node backend that runs TensorFlow operations by name. */
export interface NativeBackend extends KernelBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
  };
  executeSingleOutput(name: string, attrs: OpAttr[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(name: string, attrs: OpAttr[], inputs: TensorInfo[], outputs: number): Tensor[];
}

/** The tfjs-node backend, or undefined where tfjs-node is not loaded. */
export function loadedNativeBackend(): NativeBackend | undefined {
  return (findBackend('tensorflow') as NativeBackend | null | undefined) ?? undefined;
}

/** Attributes that set each named type parameter to float32. */
export function floatTypes({ binding }: NativeBackend, ...names: string[]): OpAttr[] {
  return names.map((name) => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }));
}

/** Attributes that set each named type parameter to int32. */
export function intTypes({ binding }: NativeBackend, ...names: string[]): OpAttr[] {
  return names.map((name) => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 }));
}

/** An attribute that is a list of whole numbers. */
export function intListAttr({ binding }: NativeBackend, name: string, value: number[]): OpAttr {
  return { name, type: binding.TF_ATTR_INT, value };
}

/** A float attribute. */
export function floatAttr({ binding }: NativeBackend, name: string, value: number): OpAttr {
  return { name, type: binding.TF_ATTR_FLOAT, value };
}

/** An attribute that is a list of numbers. */
export function floatListAttr({ binding }: NativeBackend, name: string, value: number[]): OpAttr {
  return { name, type: binding.TF_ATTR_FLOAT, value };
}

/** A true-or-false attribute. */
export function boolAttr({ binding }: NativeBackend, name: string, value: boolean): OpAttr {
  return { name, type: binding.TF_ATTR_BOOL, value };
}

/** A text attribute. */
export function stringAttr({ binding }: NativeBackend, name: string, value: string): OpAttr {
  return { name, type: binding.TF_ATTR_STRING, value };
}
