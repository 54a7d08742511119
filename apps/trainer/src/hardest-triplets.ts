import { describeMined } from '@ft/miners';
import type { StepDetail } from '@ft/training';
import type { RunData } from './data.ts';

/** The hardest triplets of a step, by image id, kept for the report's pictures. */
export interface TripletRecord {
  readonly step: number;
  readonly triplets: readonly {
    readonly anchor: string;
    readonly positive: string;
    readonly negative: string;
    readonly positiveDistance: number;
    readonly negativeDistance: number;
  }[];
}

const TRIPLETS_IN_SNAPSHOT = 2;

/** The hardest triplets that a step mined. */
export function hardestTriplets(
  step: number,
  { images, mining }: StepDetail,
  { train: { ids } }: RunData,
): TripletRecord {
  if (mining?.mined.kind !== 'triplets') return { step, triplets: [] };
  const { batch, mined } = mining;
  const { data, candidates } = batch.distances;
  const { hardest } = describeMined(batch, mined, { hardest: TRIPLETS_IN_SNAPSHOT });
  return {
    step,
    triplets: hardest.flatMap((row) => {
      const [anchor, positive, negative] = [
        mined.anchors[row]!,
        mined.positives[row]!,
        mined.negatives[row]!,
      ];
      // What a memory of past images gave has no picture in the batch.
      if (Math.max(positive, negative) >= images.length) return [];
      return {
        anchor: ids[images[anchor]!]!,
        positive: ids[images[positive]!]!,
        negative: ids[images[negative]!]!,
        positiveDistance: data[anchor * candidates + positive]!,
        negativeDistance: data[anchor * candidates + negative]!,
      };
    }),
  };
}
