import { meanRanks, type ScoreTable } from './rank-tests.ts';

/**
 * A critical-difference diagram as an SVG file: treatments on a line of mean ranks, the best on the right; a bar joins
 * those that the Nemenyi test at 0.05 cannot tell apart.
 *
 * @see Demšar, "Statistical comparisons of classifiers over multiple data sets" (JMLR 7, 2006)
 */
export function criticalDifferenceDiagram(table: ScoreTable): string {
  const { ranks, criticalDifference } = meanRanks(table);
  const k = ranks.length;
  const margin = 260;
  const width = 420;
  const x = (rank: number) => margin + (width * (k - rank)) / (k - 1);
  const order = ranks.map((_, i) => i).sort((a, b) => ranks[a]! - ranks[b]!);
  const groups = groupsOf(
    order.map((i) => ranks[i]!),
    criticalDifference,
  );
  const axis = 70;
  const first = axis + 26 + 9 * groups.length;
  const half = Math.ceil(k / 2);
  const parts = [
    line(x(k), axis, x(1), axis),
    ...Array.from({ length: k }, (_, i) => [
      line(x(i + 1), axis - 5, x(i + 1), axis),
      text(x(i + 1), axis - 10, 'middle', String(i + 1)),
    ]).flat(),
    line(x(1) - (width * criticalDifference) / (k - 1), 26, x(1), 26, 2),
    text(x(1), 18, 'end', `critical difference ${criticalDifference.toFixed(2)}`),
    ...groups.map(([from, to], i) => line(x(from) + 3, axis + 12 + 9 * i, x(to) - 3, axis + 12 + 9 * i, 4)),
    ...order.flatMap((treatment, place) => {
      const rank = ranks[treatment]!;
      // The better half is labelled on the right, nearest to the line first.
      const right = place < half;
      const y = first + 22 * (right ? place : k - 1 - place);
      const end = right ? margin + width + 14 : margin - 14;
      const label = `${table.treatments[treatment]!} (${rank.toFixed(2)})`;
      return [
        line(x(rank), axis, x(rank), y),
        line(x(rank), y, end, y),
        text(end + (right ? 4 : -4), y + 4, right ? 'start' : 'end', label),
      ];
    }),
  ];
  const height = first + 22 * half + 8;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * margin + width}" height="${height}" ` +
    `font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`
  );
}

/**
 * Longest runs of neighbouring ranks within the critical difference, of two treatments or more.
 *
 * @param ranks ascending
 * @returns lowest and highest rank of each run
 */
export function groupsOf(ranks: readonly number[], criticalDifference: number): [number, number][] {
  const groups: [number, number][] = [];
  let reached = -1;
  ranks.forEach((from, i) => {
    const end = ranks.findLastIndex((rank) => rank - from <= criticalDifference);
    if (end > i && end > reached) groups.push([from, ranks[end]!]);
    reached = Math.max(reached, end);
  });
  return groups;
}

function line(x1: number, y1: number, x2: number, y2: number, width = 1): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="black" stroke-width="${width}"/>`;
}

function text(x: number, y: number, anchor: 'start' | 'middle' | 'end', content: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped}</text>`;
}
