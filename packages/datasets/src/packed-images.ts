/** Decoded images of one size in one block of memory. */
export interface PackedImages {
  readonly count: number;
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  readonly channels: 3;
  /** RGB bytes, row-major [count, height, width, 3]. */
  readonly pixels: Uint8Array;
  /** The id of each image. */
  readonly ids: readonly string[];
  /** The label of each image: an index into `identities`. */
  readonly labels: Int32Array;
  /** The name that belongs to each label. A label may have no image left. */
  readonly identities: readonly string[];
  /** Images of the data set that are not here, and why. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}
