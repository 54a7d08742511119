import { createRandom } from '@ft/random';

/** Embeddings with labels: people differ along the first `planted` of `dimension` directions only. */
export function drawPeople({
  dimension = 6,
  planted = 2,
  people = 12,
  images = 4,
  noise = 1,
  seed = 1,
}: {
  dimension?: number;
  planted?: number;
  people?: number;
  images?: number;
  noise?: number;
  seed?: number;
}): { embeddings: Float32Array; dimension: number; labels: Int32Array } {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: people * images }, (_, row) => Math.floor(row / images));
  const centres = Array.from({ length: people * planted }, () => 2 * random.normal());
  const embeddings = Float32Array.from({ length: labels.length * dimension }, (_, i) => {
    const row = Math.floor(i / dimension);
    const direction = i % dimension;
    return direction < planted
      ? centres[labels[row]! * planted + direction]! + 0.3 * random.normal()
      : noise * random.normal();
  });
  return { embeddings, dimension, labels };
}

/** All pairs of rows. */
export function allPairs(labels: Int32Array): { a: Int32Array; b: Int32Array; same: Uint8Array } {
  const pairs = [...labels].flatMap((_, a) =>
    Array.from({ length: labels.length - a - 1 }, (__, i) => [a, a + 1 + i] as const),
  );
  return {
    a: Int32Array.from(pairs, ([a]) => a),
    b: Int32Array.from(pairs, ([, b]) => b),
    same: Uint8Array.from(pairs, ([a, b]) => (labels[a] === labels[b] ? 1 : 0)),
  };
}

/** For each anchor its next image as the positive, and everybody else's first image as negatives. */
export function someTriplets(labels: Int32Array): {
  anchors: Int32Array;
  positives: Int32Array;
  negatives: Int32Array;
} {
  const triplets: [number, number, number][] = [];
  for (let anchor = 0; anchor + 1 < labels.length; anchor++) {
    if (labels[anchor] !== labels[anchor + 1]) continue;
    for (let negative = 0; negative < labels.length; negative++) {
      if (labels[negative] !== labels[anchor] && labels[negative] !== labels[negative - 1]) {
        triplets.push([anchor, anchor + 1, negative]);
      }
    }
  }
  return {
    anchors: Int32Array.from(triplets, ([anchor]) => anchor),
    positives: Int32Array.from(triplets, ([, positive]) => positive),
    negatives: Int32Array.from(triplets, ([, , negative]) => negative),
  };
}
