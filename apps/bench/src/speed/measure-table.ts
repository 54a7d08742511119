import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@ft/atomic-file';
import { InvalidArgumentError } from '@ft/errors';
import { parseBaseline, recordBaseline, regressions, type Baseline } from './baseline.ts';
import { idPattern } from './id-pattern.ts';
import { pictures } from './pictures.ts';
import { runSpeed, type SpeedResult } from './run-speed.ts';
import { caseId, type SpeedCase } from './speed-case.ts';
import { isGpu } from './is-gpu.ts';
import { speedCases } from './speed-cases.ts';
import { speedCells, speedMarkdown, speedVerdict } from './speed-table.ts';
import type { SpeedOptions } from '../commands/speed.ts';

const REGRESSED = 3;

const say = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * `ft-bench speed`: measures the rows asked for, and writes and judges what came out.
 *
 * @param root the package's folder
 */
export async function measureTable(options: SpeedOptions, root: URL): Promise<void> {
  const baselineFile = options.baseline ?? fileURLToPath(new URL('baseline.json', root));
  // Refused before minutes of measuring rather than after.
  const baseline =
    options.check === true || options.record === true ? await readBaseline(baselineFile, options) : undefined;
  const drawn = pictures();
  try {
    const cases = chosen(speedCases(drawn, isGpu(options.engine)), options);
    if (options.list === true) {
      for (const speedCase of cases) say(caseId(speedCase));
      return;
    }
    const python = options.python ?? (process.env['FT_BENCH_PYTHON'] || 'python3');
    const run = (rows: readonly SpeedCase[]) =>
      runSpeed({
        cases: rows,
        threads: options.threads,
        scripts: {
          ours: fileURLToPath(new URL('bin/ft-bench.js', root)),
          peer: fileURLToPath(new URL('peers/peer.py', root)),
        },
        limitSeconds: options.quick === true ? 5 : 120,
        seconds: options.quick === true ? 0.5 : 2,
        warmSeconds: options.quick === true ? 0.1 : 1,
        leastRounds: options.quick === true ? 3 : 5,
        ...(options.engine === undefined ? {} : { engine: options.engine }),
        ...(options.peers === 'off' ? {} : { python }),
        onRow(row, done, total) {
          const { case: name, ft, beside, peer, ratio, goal } = speedCells(row);
          const compared = ratio === '' ? '' : `  ${beside} ${peer}  ratio ${ratio}`;
          say(`[${done}/${total}] ${name}: ${ft}${compared}${goal === '' ? '' : `  goal ${goal}`}`);
        },
      });
    if (cases.some(({ parameters }) => 'files' in parameters)) await drawn.draw();
    const result = await run(cases);
    for (const note of result.notes) say(`Not measured: ${note}`);
    if (result.machine.load > 1) {
      say(
        `The machine had other work (load ${result.machine.load}): trust the ratios, and not those far from 1. ` +
          'OMP_WAIT_POLICY=passive keeps threads of the peer from spinning.',
      );
    }
    say(speedVerdict(result.rows));
    if (options.json !== undefined)
      await writeFileAtomic(options.json, `${JSON.stringify(result, null, 1)}\n`);
    if (options.markdown !== undefined) await writeFileAtomic(options.markdown, speedMarkdown(result));
    if (options.record === true) {
      await writeFileAtomic(baselineFile, `${JSON.stringify(recordBaseline(baseline, result), null, 2)}\n`);
    }
    if (options.check === true) await check(baseline!, result, cases, run);
  } finally {
    await drawn.dispose();
  }
}

/** A row that looks slower is measured once more: only one that does again has become slower. */
async function check(
  baseline: Baseline,
  result: SpeedResult,
  cases: readonly SpeedCase[],
  run: (cases: readonly SpeedCase[]) => Promise<SpeedResult>,
): Promise<void> {
  const suspects = new Set(regressions(baseline, result).map(({ id }) => id));
  const slower =
    suspects.size === 0
      ? []
      : regressions(baseline, await run(cases.filter((speedCase) => suspects.has(caseId(speedCase)))));
  for (const { id, factor } of slower)
    say(`Slower than recorded: ${id} costs ${factor.toFixed(2)} times as much.`);
  if (slower.length > 0) process.exitCode = REGRESSED;
  else say('No row has become slower than recorded.');
}

function chosen(cases: readonly SpeedCase[], { quick, only }: SpeedOptions): SpeedCase[] {
  const pattern = only === undefined ? undefined : idPattern(only);
  const found = cases.filter(
    (speedCase) => (quick !== true || speedCase.quick) && (pattern?.test(caseId(speedCase)) ?? true),
  );
  if (found.length > 0) return found;
  throw new InvalidArgumentError({
    where: 'ft-bench speed',
    argument: '--only',
    expected: 'part of the name of a row',
    got: only,
    remedy: 'ft-bench speed --list names the rows.',
  });
}

async function readBaseline(file: string, { record }: SpeedOptions): Promise<Baseline | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && record === true) return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseBaseline(text, file);
}
