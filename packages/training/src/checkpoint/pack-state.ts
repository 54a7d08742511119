import type { StoredTensor } from '@ft/models';

const PREFIX = 'state';
const REFERENCE = '$tensor';

/**
 * Plain JSON of a state: its typed arrays move to `tensors`, a reference in their place.
 *
 * @param state what JSON can hold, Float32Array and Int32Array
 */
export function packState(state: unknown, tensors: Map<string, StoredTensor>, path = PREFIX): unknown {
  if (state instanceof Float32Array || state instanceof Int32Array) {
    tensors.set(path, { shape: [state.length], data: state });
    return { [REFERENCE]: path };
  }
  if (Array.isArray(state)) return state.map((item, i) => packState(item, tensors, `${path}/${i}`));
  if (typeof state !== 'object' || state === null) return state;
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [key, packState(value, tensors, `${path}/${key}`)]),
  );
}

/** Puts the typed arrays that {@link packState} moved back into the state, and takes them out of `tensors`. */
export function unpackState(
  packed: Record<string, unknown>,
  tensors: Map<string, StoredTensor>,
): Record<string, unknown> {
  const unpack = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(unpack);
    if (typeof value !== 'object' || value === null) return value;
    const reference = (value as { [REFERENCE]?: unknown })[REFERENCE];
    if (typeof reference !== 'string') {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item)]));
    }
    const tensor = tensors.get(reference);
    tensors.delete(reference);
    return tensor?.data;
  };
  return unpack(packed) as Record<string, unknown>;
}
