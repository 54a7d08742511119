import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { accelerate, checkNumerics, selectEngine } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import sharp from 'sharp';
import type { RunConfig, RunDraft } from './config.ts';
import type { Output } from './console-output.ts';
import { serveLivePage } from './live-page.ts';
import { createRunDirectory, openRunDirectory, requireFree } from './run-directory.ts';
import { prepareRun } from './prepare-run.ts';
import { trainRun } from './train-run.ts';
import { runView2 } from './view2-run.ts';

const INTERRUPTED = 130;

export interface LaunchOptions {
  readonly out?: string;
  readonly resume?: string;
  readonly engine?: RunConfig['engine'];
  readonly checkNumerics?: boolean;
  /** Serve the charts of the run to a browser on this machine? */
  readonly ui?: boolean;
  /** Of that page; any free one by default. */
  readonly port?: number;
}

/**
 * Starts a new run or goes on with one, on the engine asked for or the fastest there is, and tells how it ended.
 *
 * @param configure makes the configuration of a new run
 */
export async function launch(
  { out, resume, engine: wanted, checkNumerics: check = false, ui = false, port = 0 }: LaunchOptions,
  configure: (engine: RunConfig['engine'], versions: Record<string, string>) => RunDraft,
  output: Output,
): Promise<void> {
  const resumed = resume === undefined ? undefined : await openRunDirectory(resume);
  if (resumed !== undefined && wanted !== undefined && wanted !== resumed.config.engine) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: '--engine',
      expected: `"${resumed.config.engine}", which this run began on`,
      got: wanted,
    });
  }
  if (resumed === undefined && out !== undefined) await requireFree(out);
  const required = resumed?.config.engine ?? wanted;
  const engine = await selectEngine(required === undefined ? {} : { require: required });
  if (engine.name !== 'wasm') accelerate();
  if (check) checkNumerics();
  const draft = resumed?.config ?? configure(engine.name, versionsOf(engine.version));
  const allFolds = draft.protocol === 'lfw-view2' && draft.fold === null;
  // Ten folds that go on have settled everything before.
  const prepared =
    allFolds && resumed !== undefined
      ? undefined
      : await prepareRun(allFolds ? { ...draft, fold: 0 } : draft, output);
  const config: RunConfig = { ...(prepared?.config ?? resumed!.config), fold: draft.fold };
  const directory = resumed?.directory ?? (await createRunDirectory(out, runName(config)));

  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const options = { directory, engine, output, signal: abort.signal };
  if (allFolds && resumed === undefined) await directory.writeJson('config.json', config);
  const page = ui ? await serveLivePage(directory, port) : undefined;
  if (page !== undefined) {
    output.say(`Live charts: ${page.url}`);
    output.event('live', { run: directory.path, url: page.url });
  }
  const training = allFolds
    ? runView2(config, options, prepared)
    : trainRun(prepared!, { ...options, resume: resumed !== undefined });
  const summary = await training.finally(() => page?.close());
  if (summary === undefined) {
    output.say(`Interrupted. The run is saved; go on with --resume ${directory.path}`);
    output.event('interrupted', { run: directory.path });
    process.exitCode = INTERRUPTED;
    return;
  }
  const { imagesSeen, trainSeconds } = summary;
  output.say(
    `${imagesSeen} images in ${trainSeconds.toFixed(0)} s (${(imagesSeen / trainSeconds).toFixed(0)} images/s). ` +
      `Report: ${directory.report}`,
  );
}

function runName({ data, protocol, miner, seed }: RunConfig): string {
  const source = protocol === 'lfw-view2' ? protocol : data.split(':', 1)[0]!;
  // A plugin's miner has its package in its name.
  return `${source}-${miner.name.replaceAll(/[^\w-]+/g, '-')}-seed${seed}`;
}

/** Versions of what a result depends on. */
function versionsOf(engineVersion: string): Record<string, string> {
  const require = createRequire(import.meta.url);
  const manifest = (name: string) =>
    JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version as string;
  const packages = [
    '@ft/core-losses',
    '@ft/datasets',
    '@ft/engine',
    '@ft/eval',
    '@ft/miners',
    '@ft/models',
    '@ft/training',
    '@tensorflow/tfjs-core',
  ];
  return {
    node: process.versions.node,
    engine: engineVersion,
    sharp: sharp.versions.sharp ?? sharp.versions.vips,
    ...Object.fromEntries(packages.map((name) => [name, manifest(name)])),
  };
}
