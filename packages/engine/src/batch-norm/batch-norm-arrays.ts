/**
 * Training batch norm on typed arrays: y = (x - mean) / sqrt(variance + epsilon) * scale + offset.
 *
 * @param x Rows of `mean.length` channels.
 * @param y Receives the result, as long as x.
 * @param mean Receives each channel's mean.
 * @param variance Receives each channel's biased variance.
 */
export function batchNormArrays(
  x: Float32Array,
  scale: Float32Array,
  offset: Float32Array,
  epsilon: number,
  y: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
): void {
  const channels = mean.length;
  const rows = x.length / channels;
  const sums = new Float64Array(channels);
  for (let i = 0; i < x.length;) {
    for (let c = 0; c < channels; c++, i++) sums[c] = sums[c]! + x[i]!;
  }
  for (let c = 0; c < channels; c++) mean[c] = sums[c]! / rows;
  const centre = Float64Array.from(sums, (sum) => sum / rows);
  sums.fill(0);
  for (let i = 0; i < x.length;) {
    for (let c = 0; c < channels; c++, i++) {
      const d = x[i]! - centre[c]!;
      sums[c] = sums[c]! + d * d;
    }
  }
  const gain = new Float64Array(channels);
  const shift = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const biased = sums[c]! / rows;
    variance[c] = biased;
    gain[c] = scale[c]! / Math.sqrt(biased + epsilon);
    shift[c] = offset[c]! - centre[c]! * gain[c]!;
  }
  for (let i = 0; i < x.length;) {
    for (let c = 0; c < channels; c++, i++) y[i] = x[i]! * gain[c]! + shift[c]!;
  }
}

/**
 * Gradient of {@link batchNormArrays}.
 *
 * @param dx Receives the gradient of x.
 * @param dScale Receives the gradient of scale.
 * @param dOffset Receives the gradient of offset.
 */
export function batchNormGradArrays(
  dy: Float32Array,
  x: Float32Array,
  scale: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  epsilon: number,
  dx: Float32Array,
  dScale: Float32Array,
  dOffset: Float32Array,
): void {
  const channels = mean.length;
  const rows = x.length / channels;
  const sumDy = new Float64Array(channels);
  const sumDyX = new Float64Array(channels);
  for (let i = 0; i < x.length;) {
    for (let c = 0; c < channels; c++, i++) {
      const d = dy[i]!;
      sumDy[c] = sumDy[c]! + d;
      sumDyX[c] = sumDyX[c]! + d * (x[i]! - mean[c]!);
    }
  }
  // dx = scale * r * (dy - mean(dy) - xHat * mean(dy * xHat)), as a * dy + b * x + k per channel.
  const a = new Float64Array(channels);
  const b = new Float64Array(channels);
  const k = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const r = 1 / Math.sqrt(variance[c]! + epsilon);
    dScale[c] = sumDyX[c]! * r;
    dOffset[c] = sumDy[c]!;
    a[c] = scale[c]! * r;
    b[c] = (-a[c]! * r * r * sumDyX[c]!) / rows;
    k[c] = (-a[c]! * sumDy[c]!) / rows - b[c]! * mean[c]!;
  }
  for (let i = 0; i < x.length;) {
    for (let c = 0; c < channels; c++, i++) dx[i] = a[c]! * dy[i]! + b[c]! * x[i]! + k[c]!;
  }
}
