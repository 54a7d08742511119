import type { DistanceMeasure } from '@ft/miner-api';

/** The network that a gallery's embeddings come from, and how they are compared. */
export interface GalleryNetwork {
  /** Identifies the weights and how images are prepared for them, not empty. */
  readonly model: string;
  /** Length of an embedding, 1 to 16,000. */
  readonly dimension: number;
  readonly measure: DistanceMeasure;
}

/** One image of one person. */
export interface Enrolment {
  /** Name of the person, not empty. */
  readonly person: string;
  /** Identifies the image among those of the person, not empty, e.g. its file's name or checksum. */
  readonly image: string;
  /** [dimension], finite; not all zero where the measure is `'cosine'`. */
  readonly embedding: Float32Array;
}

/** A person in the gallery. */
export interface EnrolledPerson {
  readonly person: string;
  /** Number of images. */
  readonly images: number;
  /** When the last of them was enrolled. */
  readonly enrolledAt: Date;
}

/** An enrolled image and how far a probe is from it. */
export interface Neighbour {
  readonly person: string;
  readonly image: string;
  /** Computed in single precision. */
  readonly distance: number;
}

/** All that a gallery holds, as columns of equal length. `createGallery` of @ft/eval takes it as it is. */
export interface GalleryContents extends GalleryNetwork {
  /** Person of each image, [count]. */
  readonly names: readonly string[];
  /** Image ids, [count]. */
  readonly images: readonly string[];
  readonly enrolledAt: readonly Date[];
  /** Row-major [count x dimension]. */
  readonly embeddings: Float32Array;
}

/** People enrolled for good. When a promise of a change resolves, the change survives the end of the process. */
export interface DurableGallery extends GalleryNetwork {
  /**
   * Adds images, all of them or none. An image that the person has already takes the new embedding.
   *
   * @returns how many were new and how many replaced
   * @throws InvalidArgumentError where an entry is not as documented
   */
  enroll(entries: readonly Enrolment[]): Promise<{ readonly added: number; readonly replaced: number }>;
  /**
   * Removes a person, or one image of them.
   *
   * @returns how many images went
   */
  remove(person: string, image?: string): Promise<number>;
  /** Everybody, by name. */
  list(): Promise<readonly EnrolledPerson[]>;
  /**
   * The images nearest to a probe, nearest first; of equally near ones the first by name.
   *
   * @param probe [dimension], finite
   * @param k most images to return, an integer from 1
   * @throws InvalidArgumentError where an argument is not such
   */
  nearest(probe: Float32Array, k: number): Promise<readonly Neighbour[]>;
  /** Everything, ordered by person and image. */
  export(): Promise<GalleryContents>;
  close(): Promise<void>;
}
