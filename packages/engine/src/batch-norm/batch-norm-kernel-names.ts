/**
 * Kernel that normalises by the statistics of the batch itself, as a batch-norm layer does in training
 * (Ioffe and Szegedy, 2015).
 *
 * Inputs: `x` [..., C], `scale` [C], `offset` [C]. Attribute: `epsilon` > 0, added to the variance.
 * Outputs: `y` of x's shape, `mean` [C], `variance` [C] (biased: divided by the number of rows). The gradient
 * reaches x, scale and offset; mean and variance count as constants for whoever uses them.
 */
export const BATCH_NORM_TRAINING = 'FtBatchNormTraining';

/**
 * Kernel that is the gradient of {@link BATCH_NORM_TRAINING}.
 *
 * Inputs: `dy`, `x` [..., C], `scale`, `mean`, `variance` [C]. Attribute: `epsilon`.
 * Outputs: `dx` of x's shape, `dScale` [C], `dOffset` [C].
 */
export const BATCH_NORM_TRAINING_GRAD = 'FtBatchNormTrainingGrad';
