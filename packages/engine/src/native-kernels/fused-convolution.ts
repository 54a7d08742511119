import {
  add,
  clone,
  conv2d,
  depthwiseConv2d,
  engine,
  grads,
  mul,
  pad as padImage,
  prelu,
  relu as rectify,
  tidy,
  type GradConfig,
  type KernelConfig,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { FUSED_CONVOLUTION } from './fused-kernel-names.ts';
import { floatTypes, stringAttr, type NativeBackend } from './native-backend.ts';
import {
  convolve,
  convolveBackward,
  coversInputGradient,
  filterGradients,
  ownConvolution,
  type Ending,
  type OwnConvolution,
} from './own-convolution.ts';

interface FusedAttrs {
  readonly strides: number;
  readonly pad: 'same' | 'valid' | number;
  readonly depthwise: boolean;
  readonly relu: boolean;
}

const names = ['x', 'filter', 'scale', 'offset', 'slopes', 'addend'] as const;
type Inputs = Record<(typeof names)[number], Tensor>;

/** The fused convolution by one operation of our own, or by many of tfjs where that does not cover it. */
export const fusedConvolution: KernelConfig = {
  kernelName: FUSED_CONVOLUTION,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const given = inputs as Inputs;
    const fused = attrs as unknown as FusedAttrs;
    const own = covered(given, fused);
    if (own === undefined) return tidy(() => composed(given, fused));
    return convolve(backend as NativeBackend, own, given.x, given.filter, endingOf(given, fused.relu));
  },
};

/** Gradient of the fused convolution. */
export const fusedConvolutionGradient: GradConfig = {
  kernelName: FUSED_CONVOLUTION,
  inputsToSave: [...names],
  outputsToSave: [true],
  gradFunc: (dys, saved, attrs) => {
    const dy = dys as Tensor;
    const inputs = Object.fromEntries(names.map((name, i) => [name, saved[i]!])) as Inputs;
    const fused = attrs as unknown as FusedAttrs;
    const own = covered(inputs, fused);
    // Our own operations have no gradients themselves.
    const isLast = engine().state.gradientDepth === 0;
    return own !== undefined && isLast
      ? ownGradients(own, dy, inputs, saved[names.length]!, fused)
      : composedGradients(dy, inputs, fused);
  },
};

function covered({ x, filter }: Inputs, { strides, pad, depthwise }: FusedAttrs): OwnConvolution | undefined {
  return ownConvolution(x.shape, filter.shape, { strides, pad }, depthwise, [x, filter]);
}

/** An input, or undefined where it is empty. */
const present = (input: Tensor): Tensor | undefined => (input.size > 0 ? input : undefined);

function endingOf({ scale, offset, slopes, addend }: Inputs, relu: boolean): Ending {
  return {
    scale: present(scale),
    offset: present(offset),
    slopes: present(slopes),
    addend: present(addend),
    relu,
  };
}

function ownGradients(own: OwnConvolution, dy: Tensor, inputs: Inputs, y: Tensor, attrs: FusedAttrs) {
  const native = engine().backend as NativeBackend;
  const { x, filter, slopes } = inputs;
  const { scale, ...ending } = endingOf(inputs, attrs.relu);
  const multiple = (name: string, from: Tensor[]) =>
    native.executeMultipleOutputs(name, [], from, 2) as [Tensor, Tensor];
  const sumOf = (dz: Tensor) =>
    native.executeSingleOutput(
      'BiasAddGrad',
      [...floatTypes(native, 'T'), stringAttr(native, 'data_format', 'NHWC')],
      [dz],
    );
  // z is what the activation gets.
  let dz = dy;
  let dSlopes: Tensor | undefined;
  let dOffset: Tensor | undefined;
  if (ending.slopes !== undefined) {
    const z = convolve(native, own, x, filter, { ...ending, scale, slopes: undefined, relu: false });
    [dz, dSlopes] = multiple('FtPreluGradient', [dy, z, slopes]);
  } else if (attrs.relu) {
    [dz, dOffset] = multiple('FtReluGradient', [dy, y]);
  }
  const filters = scale && filterGradients(native, own, x, dz, { filter, scale });
  return {
    x: () =>
      coversInputGradient(own)
        ? convolveBackward(native, own, dz, filter, scale)
        : composedGradients(dy, inputs, attrs)['x']!(),
    filter: () => filters?.[0] ?? filterGradients(native, own, x, dz)[0],
    scale: () => filters![1],
    offset: () => dOffset ?? sumOf(dz),
    slopes: () => dSlopes!,
    addend: () => clone(dz),
  };
}

const sides = (by: number): [number, number] => [by, by];

function composed({ x, filter, scale, offset, slopes, addend }: Inputs, attrs: FusedAttrs): Tensor {
  const { strides, pad, depthwise, relu } = attrs;
  const isNumber = typeof pad === 'number';
  const image = isNumber && pad > 0 ? padImage(x, [0, pad, pad, 0].map(sides)) : x;
  const window = [image as Tensor4D, filter as Tensor4D, strides, isNumber ? 'valid' : pad] as const;
  let y: Tensor = depthwise ? depthwiseConv2d(...window) : conv2d(...window);
  if (present(scale)) y = mul(y, scale);
  if (present(offset)) y = add(y, offset);
  if (present(addend)) y = add(y, addend);
  if (present(slopes)) return prelu(y, slopes);
  return relu ? rectify(y) : y;
}

function composedGradients(dy: Tensor, inputs: Inputs, attrs: FusedAttrs): Record<string, () => Tensor> {
  const given = names.filter((name) => present(inputs[name]));
  const compute = (...tensors: Tensor[]) =>
    composed({ ...inputs, ...Object.fromEntries(tensors.map((tensor, i) => [given[i]!, tensor])) }, attrs);
  // Gradients inside the backward pass would take away its tape.
  const state = engine().state as unknown as { activeTape: unknown };
  const { activeTape } = state;
  const values = given.map((name) => inputs[name]);
  const gradients = grads(compute)(values, dy);
  state.activeTape = activeTape;
  return Object.fromEntries(given.map((name, i) => [name, () => gradients[i]!]));
}
