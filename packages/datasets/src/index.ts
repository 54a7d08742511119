export { type AlignmentTemplate, type FaceLandmarks, fiveLandmarks } from './alignment-template.ts';
export { augmentBatch, type AugmentOptions } from './augment-batch.ts';
export type { BatchSampler, SamplerState } from './batch-sampler.ts';
export { classBalancedSampler, type ClassBalancedSamplerOptions } from './class-balanced-sampler.ts';
export { contactSheet } from './contact-sheet.ts';
export { DamagedImageError } from './damaged-image-error.ts';
export { type DecodedBatch, decodeBatches, type DecodeBatchesOptions } from './decode-batches.ts';
export type { FaceDataset, FaceImage } from './face-dataset.ts';
export {
  faceLandmarks,
  type FaceLandmarksOptions,
  type FoundLandmarks,
  type LandmarkDetector,
} from './face-landmarks.ts';
export { gatherBatch } from './gather-batch.ts';
export {
  hardIdentitySampler,
  type HardIdentitySampler,
  type HardIdentitySamplerOptions,
  type IdentityNeighbors,
} from './hard-identity-sampler.ts';
export { hierarchicalSampler, type HierarchicalSamplerOptions } from './hierarchical-sampler.ts';
export { identityOverlap, type NameMatch } from './identity-overlap.ts';
export { ImageFolderError } from './image-folder-error.ts';
export { imageFolder } from './image-folder.ts';
export type { Alignment, SquareCrop } from './image-region.ts';
export { type DuplicatePair, nearDuplicates } from './near-duplicates.ts';
export { packImages, type PackOptions } from './pack-images.ts';
export type { PackedImages } from './packed-images.ts';
export { imageSampler, type ImageSamplerOptions } from './image-sampler.ts';
export { pkSampler, type PKSamplerOptions } from './pk-sampler.ts';
export type { Point } from './point.ts';
export { prefetch } from './prefetch.ts';
export { readLandmarks } from './read-landmarks.ts';
export { readManifest } from './read-manifest.ts';
export { RecordError } from './record-error.ts';
export { samplePairs, type VerificationPairs } from './sample-pairs.ts';
export { selectImages } from './select-images.ts';
export { splitIdentities, type IdentitySplit } from './split-identities.ts';
export { syntheticIdentities, type SyntheticOptions } from './synthetic-identities.ts';
