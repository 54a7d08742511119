/** One image file of one person. */
export interface FaceImage {
  /** Unique in its data set and stable across machines, e.g. `'Aaron_Eckhart/Aaron_Eckhart_0001.jpg'`. */
  readonly id: string;
  /** Whose face it is. */
  readonly identity: string;
  /** Absolute path of the file. */
  readonly file: string;
}

/** A list of labelled face images, sorted by `id`. Nothing is decoded yet. */
export interface FaceDataset {
  /** For messages and run summaries, e.g. `'lfw deep-funneled'`. */
  readonly name: string;
  readonly images: readonly FaceImage[];
}
