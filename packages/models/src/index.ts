export {
  smallCnn,
  type Architecture,
  type InputContract,
  type Layer,
  type SmallCnnOptions,
} from './architecture.ts';
export { createModel, type EmbeddingModel } from './create-model.ts';
export { embedImages, type EmbedImagesOptions, type ImageArray } from './embed-images.ts';
export { PretrainedWeightsError, readFaceApiWeights } from './face-api-weights.ts';
export { loadModel, ModelBundleError, saveModel } from './model-bundle.ts';
export { decodeSafetensors, encodeSafetensors, SafetensorsError, type StoredTensor } from './safetensors.ts';
export { exportWeights, importWeights, WeightsMismatchError } from './weights.ts';
