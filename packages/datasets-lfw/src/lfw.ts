import type { FaceDataset } from '@ft/datasets';
import type { LfwVariant } from './lfw-variant.ts';

/** Verification pairs of a list, as columns. Positions refer to `Lfw.dataset.images`. */
export interface LfwPairs {
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** 1 where both images show the same person, else 0. */
  readonly same: Uint8Array;
  /** The fold of each pair, 0-based; all 0 in View 1. */
  readonly fold: Int32Array;
  readonly foldCount: number;
}

/** Some of the people of LFW and all their images. */
export interface PeopleList {
  readonly names: readonly string[];
  /** Positions in `Lfw.dataset.images`, rising. */
  readonly images: Int32Array;
}

/** Labeled Faces in the Wild: 13,233 images of 5,749 people, with its two views. */
export interface Lfw {
  /** All images, sorted by id (`NAME/NAME_0001.jpg`). */
  readonly dataset: FaceDataset;
  readonly variant: LfwVariant;
  /** For choosing models and settings, as often as you like. */
  readonly view1: {
    readonly train: PeopleList;
    readonly test: PeopleList;
    readonly trainPairs: LfwPairs;
    readonly testPairs: LfwPairs;
  };
  /** For reporting, once a choice is made: ten folds, each tested by a model that never saw its people. */
  readonly view2: {
    readonly pairs: LfwPairs;
    /** The people of each fold; together all people, each in one fold. */
    readonly peopleFolds: readonly PeopleList[];
  };
}
