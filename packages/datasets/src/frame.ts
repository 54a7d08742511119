/** One decoded image: RGB bytes [height, width, 3]. */
export interface Frame {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** Pixels of the source for one pixel here: 1, or more where the image was made smaller while decoding. */
  readonly shrink: number;
}

/** What may be lost while decoding, when `side` pixels of the source become `size`, so that twice that is left. */
export function shrinkOf(side: number, size: number): number {
  return Math.max(1, Math.floor(side / (2 * size)));
}
