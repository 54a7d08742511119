/**
 * The values of a tensor with its axes in another order, as a copy.
 *
 * @param shape of the tensor, row-major
 * @param order the old axis at each new place, e.g. [3, 2, 0, 1] from [height, width, in, out] to [out, in, height, width]
 */
export function transposeData(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const newShape = order.map((axis) => shape[axis]!);
  const newStrides = order.map((axis) => strides[axis]!);
  const result = new Float32Array(data.length);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      from += newStrides[axis]!;
      if (index[axis]! < newShape[axis]!) break;
      from -= newStrides[axis]! * newShape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
