import { InvalidArgumentError } from '@ft/errors';
import { loadConfig } from '@ft/miners';
import type { Command } from 'commander';
import { LOSSES, mergeChoices, parseChoices, type RunChoices } from '../config.ts';
import { loadRecipe } from '../recipes.ts';
import { choiceOption, engineOption, jsonOption, numberOption } from './options.ts';
import { portOption } from './live.ts';

/** The flags that `train` and `quickstart` share, as commander gives them. */
export interface RunFlags {
  readonly epochs?: number;
  readonly people?: number;
  readonly images?: number;
  readonly seed?: number;
  readonly checkpointEvery?: number;
  readonly onDamaged?: 'skip' | 'refuse';
}

/** The flags of `train` alone. */
export interface TrainFlags extends RunFlags {
  readonly data?: string;
  readonly recipe?: string;
  readonly set?: readonly string[];
  readonly protocol?: 'lfw-view1' | 'lfw-view2' | 'pairs';
  readonly align?: boolean;
  readonly model?: string;
  readonly pretrained?: boolean;
  readonly freeze?: string;
  readonly size?: number;
  readonly loss?: RunChoices['loss'];
  readonly margin?: number;
  readonly miner?: string;
  readonly minerOptions?: Record<string, unknown>;
  /** A list of packages, or false for none at all. */
  readonly plugins?: readonly string[] | false;
  readonly learningRate?: number;
  readonly holdout?: number;
}

/** The options that `train` and `quickstart` share. */
export function addRunOptions(command: Command): Command {
  return command
    .option(
      '--epochs <n>',
      'passes over the people (8, or what makes 200 steps)',
      numberOption('--epochs', { min: 1, integer: true }),
    )
    .option(
      '--people <P>',
      'people in a batch (24, or all there are)',
      numberOption('--people', { min: 2, integer: true }),
    )
    .option(
      '--images <K>',
      'images of each person in a batch (4)',
      numberOption('--images', { min: 2, integer: true }),
    )
    .option('--seed <n>', 'decides every random choice (1)', numberOption('--seed', { integer: true }))
    .addOption(engineOption())
    .option(
      '--checkpoint-every <steps>',
      'steps between two checkpoints (25)',
      numberOption('--checkpoint-every', { min: 1, integer: true }),
    )
    .option('--check-numerics', 'stop at the first operation that gives NaN or infinity, and name it (slow)')
    .option('--out <dir>', 'folder of the run (runs/NAME)')
    .option('--ui', 'show the charts in the browser while it trains; `ft live RUN` shows them at any time')
    .option('--port <n>', 'of that page, on this machine alone (any free one)', portOption())
    .option('--resume <run>', 'go on with an interrupted run, with its own settings')
    .option(
      '--on-damaged <what>',
      'skip (and count) or refuse images that cannot be read (skip)',
      choiceOption('--on-damaged', ['skip', 'refuse']),
    )
    .option('--json', 'print JSON lines');
}

/** The options of `train` alone. */
export function addTrainOptions(command: Command): Command {
  return command
    .option('--data <source>', 'lfw:DIR, folder:DIR (a sub-folder for each person) or synthetic')
    .option(
      '--recipe <name>',
      'begin with the settings of a recipe (`ft recipes`), or of a .json file or its folder',
    )
    .option(
      '--set <field=value...>',
      'any field of the configuration, such as schedule.name=cosine or validation.every=100',
    )
    .option(
      '--protocol <name>',
      'lfw-view1, or lfw-view2 (trains ten networks), for LFW; pairs for other data',
      choiceOption('--protocol', ['lfw-view1', 'lfw-view2', 'pairs']),
    )
    .option('--align', 'turn and scale faces by their landmarks')
    .option('--model <name>', 'a network, see `ft models list` (small-cnn)')
    .option('--pretrained', 'begin with the weights that come with the network')
    .option('--freeze <block>', 'keep the network as it is up to this block, and train the rest')
    .option(
      '--size <pixels>',
      'height and width of the input',
      numberOption('--size', { min: 32, integer: true }),
    )
    .option(
      '--loss <name>',
      'triplet, contrastive, multi-similarity or sup-con (triplet)',
      choiceOption('--loss', LOSSES),
    )
    .option(
      '--margin <m>',
      'of the loss (triplet 0.2, contrastive 1)',
      numberOption('--margin', { above: 0 }),
    )
    .option('--miner <name>', 'mining strategy, see `ft miners list` (semi-hard)')
    .option('--miner-options <json>', 'its options, as a JSON object', jsonOption('--miner-options'))
    .option(
      '--plugins <package...>',
      'run the code of these miner plugins, which the project here depends on; --miner then takes PACKAGE/NAME',
    )
    .option('--no-plugins', 'run no plugin, whatever ft.config says')
    .option('--learning-rate <r>', 'at its highest (0.001)', numberOption('--learning-rate', { above: 0 }))
    .option(
      '--holdout <share>',
      'share of the people of a folder kept for measuring (0.2)',
      numberOption('--holdout', { above: 0, below: 1 }),
    );
}

/** What the project's ft.config, the recipe and the flags choose together: each wins over those before, `--set` over all. */
export async function choicesFrom(flags: TrainFlags): Promise<RunChoices> {
  const { file, plugins, train = {} } = await loadConfig(process.cwd());
  const own = parseChoices(train, `${file}, train`);
  const enabled = flags.plugins === false ? [] : (flags.plugins ?? plugins);
  const recipe = flags.recipe === undefined ? {} : await loadRecipe(flags.recipe);
  const sets = (flags.set ?? []).map(setChoice);
  return mergeChoices(own, recipe, flagChoices(flags), { plugins: [...enabled] }, ...sets);
}

function flagChoices(flags: TrainFlags): RunChoices {
  const { recipe: _recipe, set: _set, model, pretrained, freeze, size, miner, minerOptions } = flags;
  const { data, protocol, align, loss, margin, learningRate, holdout } = flags;
  const { epochs, people, images, seed, checkpointEvery, onDamaged } = flags;
  const network = defined({ name: model, pretrained, frozen: freeze, size });
  const strategy = defined({ name: miner, options: minerOptions });
  return defined({
    data,
    protocol,
    align,
    loss,
    margin,
    learningRate,
    holdout,
    epochs,
    people,
    images,
    seed,
    checkpointEvery,
    onDamaged,
    model: Object.keys(network).length === 0 ? undefined : network,
    miner: Object.keys(strategy).length === 0 ? undefined : strategy,
  }) as RunChoices;
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `a.b=1` as `{ a: { b: 1 } }`; what is not JSON is text. */
function setChoice(text: string): RunChoices {
  const [, path, raw] = /^([\w.]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || raw === undefined) {
    throw new InvalidArgumentError({
      where: 'ft train',
      argument: '--set',
      expected: 'field=value, such as schedule.name=cosine',
      got: text,
    });
  }
  let value: unknown = raw;
  try {
    value = JSON.parse(raw);
  } catch {
    // A word.
  }
  for (const field of path.split('.').reverse()) value = { [field]: value };
  return parseChoices(value, `--set ${path}`);
}
