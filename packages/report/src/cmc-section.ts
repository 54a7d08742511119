import type { Chart } from './draw-chart.ts';

/** Cumulative match characteristic: how often the right person is among the k nearest. */
export interface CmcSection {
  readonly kind: 'cmc';
  readonly heading: string;
  /** Shares in [0, 1], entry k - 1 for rank k, as `evaluateIdentification` of @ft/eval gives them. */
  readonly curves: readonly { readonly name: string; readonly cmc: readonly number[] }[];
}

export function cmcChart({ heading, curves }: CmcSection): Chart {
  return {
    title: heading,
    x: { label: 'rank', min: 1 },
    y: { label: 'share of known probes', max: 1 },
    lines: curves.map(({ name, cmc }) => ({
      name,
      points: cmc.map((share, i) => [i + 1, share] as const),
      markers: cmc.length <= 30,
    })),
  };
}
