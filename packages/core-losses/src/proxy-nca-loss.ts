import { checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';

export interface ProxyNcaLossOptions extends ClassificationLossOptions {
  /** Multiplies the squared distances, above 0. 1 by default. */
  readonly scale?: number;
}

/**
 * Proxy-NCA: -log(e^(-scale d(x, own proxy)) / sum over all proxies of e^(-scale d(x, proxy))), with squared
 * Euclidean distances of normalised embeddings to normalised proxies. The own proxy is in the sum, as in NCA.
 *
 * @param options classes, dimension, seed or first proxies [classes, dimension], scale and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Movshovitz-Attias et al., "No fuss distance metric learning using proxies" (2017), arXiv:1703.07464; Teh,
 * DeVries and Taylor, "ProxyNCA++" (2020), arXiv:2004.01113
 */
export function createProxyNcaLoss(options: ProxyNcaLossOptions): ClassificationLoss {
  const where = 'createProxyNcaLoss';
  const { scale = 1 } = options;
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  // The squared distance of unit vectors is 2 - 2 cos, and the softmax does not see the constant.
  return createCosineLoss({ where, options, scale: 2 * scale });
}
