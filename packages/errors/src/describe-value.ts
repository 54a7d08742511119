/** A value in a few words for an error message: `"text"`, `NaN`, `an array of 3`, `a Float32Array of 128`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (Array.isArray(value)) {
    const short = JSON.stringify(value);
    return short !== undefined && short.length <= 40 ? short : `an array of ${value.length}`;
  }
  if (ArrayBuffer.isView(value)) {
    const length = (value as { length?: number }).length ?? value.byteLength;
    return `a ${value.constructor.name} of ${length}`;
  }
  if (typeof value === 'function') return `a function`;
  if (typeof value === 'object' && value !== null) {
    const shape = (value as { shape?: unknown }).shape;
    if (Array.isArray(shape)) return `a tensor of shape [${shape.join(', ')}]`;
    const name = value.constructor?.name;
    return name === undefined || name === 'Object' ? 'an object' : `an object of type ${name}`;
  }
  return String(value);
}
