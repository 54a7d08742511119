import { backend_util } from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '@ft/errors';
import type { ConvInfo } from './wasm-backend.ts';

/** The attributes that the convolution gradient kernels share. */
export interface ConvGradientAttrs {
  strides: number | [number, number];
  pad: 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: number | [number, number];
}

/** Geometry of the convolution whose gradient is asked for. Throws for NCHW, which wasm never supports. */
export function conv2dInfo(
  where: string,
  inputShape: number[],
  filterShape: number[],
  attrs: ConvGradientAttrs,
  depthwise: boolean,
): ConvInfo {
  if (attrs.dataFormat === 'NCHW') {
    throw new InvalidArgumentError({
      where,
      argument: 'dataFormat',
      expected: "'NHWC' on the wasm engine",
      got: attrs.dataFormat,
    });
  }
  return backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );
}
