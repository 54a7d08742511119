import { FtError } from '@ft/errors';
import { halfToNumber } from './half-to-number.ts';

/** A tensor's bytes, as typed array and shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A safetensors file cannot be read: truncated, altered, or not of this format. */
export class SafetensorsError extends FtError {
  static override readonly code: string = 'FT_SAFETENSORS';
}

/** Bytes of a value of each type that can be read, and how a copy of them becomes float32 or int32. */
const readers: Readonly<
  Record<string, { readonly size: number; readonly read: (buffer: ArrayBuffer) => Float32Array | Int32Array }>
> = {
  F32: { size: 4, read: (buffer) => new Float32Array(buffer) },
  I32: { size: 4, read: (buffer) => new Int32Array(buffer) },
  F64: { size: 8, read: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  F16: { size: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber) },
  // The upper half of a float32.
  BF16: {
    size: 2,
    read: (buffer) =>
      new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  },
  // PyTorch counts batches so; no model's weight is an integer.
  I64: { size: 8, read: (buffer) => Int32Array.from(new BigInt64Array(buffer), Number) },
};

/**
 * Packs named tensors into the safetensors format: 8 bytes of header length, a JSON header, the raw values.
 *
 * @param tensors float32 or int32, by name; written in the order given
 * @param metadata texts kept in the header
 * @see https://huggingface.co/docs/safetensors
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const end = offset + data.byteLength;
    header[name] = { dtype: data instanceof Int32Array ? 'I32' : 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces pad the header so that the values start at a multiple of 8 bytes.
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8 + json.length, 8 + headerLength);
  bytes.set(json, 8);
  let position = 8 + headerLength;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * Reads what {@link encodeSafetensors} or another writer of the format made. Tensors are copies; F64, F16 and BF16 become
 * float32, I64 int32.
 *
 * @param bytes the whole file
 * @param file its name, for messages
 * @throws SafetensorsError where the file is truncated, not of this format, or holds another type than F32, F64, F16, BF16, I32 and I64
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  file: string,
): { tensors: Map<string, StoredTensor>; metadata: Record<string, string> } {
  const refuse = (what: string): never => {
    throw new SafetensorsError(
      `${file} is not a readable safetensors file: ${what}. Restore it from a copy.`,
    );
  };
  if (bytes.length < 8) refuse(`it has ${bytes.length} bytes, fewer than the 8 of the header length`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > bytes.length - 8) {
    refuse(`its header claims ${headerLength} bytes but ${bytes.length - 8} follow`);
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)),
    );
  } catch {
    return refuse('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    refuse('its header is not an object');
  const { __metadata__: metadata = {}, ...entries } = header;
  const start = 8 + headerLength;
  const tensors = new Map<string, StoredTensor>();
  let used = 0;
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (typeof dtype !== 'string' || !Object.hasOwn(readers, dtype)) {
      const known = Object.keys(readers).join(', ');
      return refuse(`tensor ${JSON.stringify(name)} is of type ${JSON.stringify(dtype)}, none of ${known}`);
    }
    const reader = readers[dtype]!;
    if (!isNaturals(shape) || !isNaturals(offsets) || offsets.length !== 2) {
      return refuse(`tensor ${JSON.stringify(name)} has no valid shape and offsets`);
    }
    const [from, to] = offsets as [number, number];
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    if (to - from !== size * reader.size || from !== used) {
      return refuse(
        `tensor ${JSON.stringify(name)} of shape [${shape.join(', ')}] does not match its offsets`,
      );
    }
    if (start + to > bytes.length) {
      return refuse(
        `it ends ${start + to - bytes.length} bytes inside or before tensor ${JSON.stringify(name)}`,
      );
    }
    used = to;
    // A copy, because the values need not lie at a multiple of 4 bytes. (Buffer's own slice would be a view.)
    const copy = Uint8Array.prototype.slice.call(bytes, start + from, start + to);
    tensors.set(name, { shape, data: reader.read(copy.buffer) });
  }
  if (start + used !== bytes.length)
    refuse(`${bytes.length - start - used} unexpected bytes follow the last tensor`);
  return { tensors, metadata: metadata as Record<string, string> };
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
