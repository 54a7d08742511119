import type { Chart } from './draw-chart.ts';

/** Points of several groups in a plane: embeddings projected to two dimensions, coloured by person. */
export interface PointsSection {
  readonly kind: 'points';
  readonly heading: string;
  readonly groups: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

export function pointsChart({ heading, groups }: PointsSection): Chart {
  return {
    title: heading,
    x: { label: '' },
    y: { label: '' },
    lines: groups.map(({ name, points }) => ({ name, points, shape: 'points' as const })),
  };
}
