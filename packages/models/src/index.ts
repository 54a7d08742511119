export type { Architecture, InputContract, Layer, Padding } from './architecture.ts';
export { createModel, type EmbeddingModel, type EmbedOptions } from './create-model.ts';
export {
  describeArchitecture,
  type ArchitectureDescription,
  type LayerDescription,
} from './describe-architecture.ts';
export { dlibFaceNet, loadDlibFaceNet } from './dlib-face-net.ts';
export { embedImages, type EmbedImagesOptions, type ImageArray } from './embed-images.ts';
export { exportOnnx } from './export/export-onnx.ts';
export { ExportError, exportTfjsLayers } from './export/export-tfjs-layers.ts';
export { PretrainedWeightsError, readFaceApiWeights } from './face-api-weights.ts';
export { irNet50, type IrNet50Options } from './ir-net-50.ts';
export { mapWeights, type WeightMap, type WeightSource } from './map-weights.ts';
export { mobileFaceNet, type MobileFaceNetOptions } from './mobile-face-net.ts';
export { KerasWeightsError, readKerasWeights } from './keras-weights.ts';
export { type LandmarkNet, loadLandmarkNet } from './landmarks/landmark-net.ts';
export { loadModel, ModelBundleError, saveCalibration, saveModel, type ModelRecord } from './model-bundle.ts';
export {
  catalogEntry,
  modelCatalog,
  type CatalogEntry,
  type NetworkOptions,
  type PretrainedWeights,
} from './model-catalog.ts';
export { nn4Small2, type Nn4Small2Options } from './nn4-small2.ts';
export { pytorchWeightMap } from './pytorch-weight-map.ts';
export { resNet18, type ResNet18Options } from './res-net-18.ts';
export { decodeSafetensors, encodeSafetensors, SafetensorsError, type StoredTensor } from './safetensors.ts';
export { smallCnn, type SmallCnnOptions } from './small-cnn.ts';
export { readTfjsWeights, TfjsWeightsError } from './tfjs-weights.ts';
export { exportWeights, importWeights, WeightsMismatchError } from './weights.ts';
