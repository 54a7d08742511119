export { describeValue } from './describe-value.ts';
export { FtError } from './ft-error.ts';
export { InvalidArgumentError, type InvalidArgument } from './invalid-argument-error.ts';
export { nearestNames } from './nearest-names.ts';
