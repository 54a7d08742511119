/**
 * Kernel of the native engine: a convolution with a scale, an offset, another image and an activation behind it,
 * activation(conv(x, filter) scale + offset + addend), in one pass.
 *
 * Inputs: `x` [batch, height, width, in], `filter` [height, width, in, out] ([height, width, in, 1] where it goes
 * depthwise), `scale`, `offset`, `slopes` [out], `addend` of the output's shape. Each of the last four is of shape [0]
 * where there is none. Attributes: `strides`, `pad` ('same', 'valid' or pixels on every side), `depthwise`, and `relu`,
 * the activation where there are no slopes (which are PReLU's). The gradient reaches every input.
 */
export const FUSED_CONVOLUTION = 'FtFusedConvolution';

/**
 * Kernel of the native engine: batch norm in training with an activation behind it.
 *
 * Inputs: `x` [..., C], `scale`, `offset` [C], `slopes` [C] (PReLU's) or [0] (where the activation is ReLU).
 * Attribute: `epsilon` > 0. Outputs: the activation, `mean` [C], `variance` [C] (biased). The gradient reaches x, scale,
 * offset and slopes; mean and variance count as constants for whoever uses them.
 */
export const BATCH_NORM_ACTIVATION = 'FtBatchNormActivation';

/**
 * Kernel of the native engine: batch norm by given statistics as a product and a sum, for what comes before it to take on.
 *
 * Inputs: `scale`, `offset`, `mean`, `variance`, all [C]. Attribute: `epsilon`. Outputs: scale / sqrt(variance + epsilon),
 * and offset minus the mean times that. The gradient reaches scale and offset.
 */
export const NORM_FACTORS = 'FtNormFactors';
