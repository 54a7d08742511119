import { describeGoal } from './goals.ts';
import { caseId } from './speed-case.ts';
import type { SpeedResult, SpeedRow } from './run-speed.ts';

export const speedColumns = ['case', 'ft', 'beside', 'peer', 'ratio', 'goal', 'memory ft / peer'] as const;

/** The cells of a row, as people read them. */
export function speedCells(row: SpeedRow): Record<(typeof speedColumns)[number], string> {
  const { ours, peer, ratio, goal, reached, beside = '' } = row;
  const mark = reached === undefined ? '' : reached ? ' reached' : ' FALLS SHORT';
  return {
    case: caseId(row),
    ft:
      row.isShare === true
        ? `${Number((100 * ours.ms).toPrecision(3))} %`
        : time(ours.ms, ours.spread, row.items),
    beside,
    peer: peer === undefined ? '' : time(peer.ms, peer.spread, row.items),
    ratio: ratio === undefined ? '' : `${Number(ratio.toPrecision(3))}×`,
    goal: goal === undefined ? '' : describeGoal(goal) + mark,
    'memory ft / peer': [ours, ...(peer === undefined ? [] : [peer])]
      .map(({ peakBytes }) => (peakBytes === null ? '?' : `${Math.round(peakBytes / 2 ** 20)} MiB`))
      .join(' / '),
  };
}

function time(ms: number, spread: number, items: number | undefined): string {
  const scatter = `± ${Math.round(100 * spread)} %`;
  const rate = items === undefined ? '' : `, ${Math.round((1000 * items) / ms)}/s`;
  return `${Number(ms.toPrecision(3))} ms ${scatter}${rate}`;
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

const list = (entries: Readonly<Record<string, string>>) =>
  Object.entries(entries)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

/** The whole result as a page of Markdown: table, rows that fall short, machine and versions. */
export function speedMarkdown(result: SpeedResult): string {
  const { machine, rows } = result;
  const table = [
    line(speedColumns),
    line(speedColumns.map(() => '---')),
    ...rows.map((row) => line(Object.values(speedCells(row)))),
  ];
  return [
    '# ft-bench speed',
    '',
    `${result.date.slice(0, 10)}, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}. ` +
      `Threads of each side: ${result.threads}. Load at the start: ${machine.load}.`,
    '',
    'Ratio: time of the other side over ours, median over the rounds; above 1 ft is faster. Times are medians ± half the ' +
      'interquartile range. Memory is the highest resident size during the first run, on top of what was held before.',
    '',
    ...table,
    '',
    speedVerdict(rows),
    '',
    ...result.notes.map((note) => `- Not measured: ${note}`),
    '',
    `ft: ${list(result.versions)}.`,
    ...(Object.keys(result.peers).length === 0 ? [] : ['', `Peers: ${list(result.peers)}.`]),
    '',
  ].join('\n');
}

/** Which rows fall short of their goals, in a sentence. */
export function speedVerdict(rows: readonly SpeedRow[]): string {
  const judged = rows.filter(({ reached }) => reached !== undefined);
  if (judged.length === 0) return 'No row could be judged by a goal.';
  const short = judged.filter(({ reached }) => reached === false).map(caseId);
  return short.length === 0
    ? `All ${judged.length} rows that have a goal reach it.`
    : `${judged.length - short.length} of ${judged.length} rows reach their goal. These fall short: ${short.join('; ')}.`;
}
