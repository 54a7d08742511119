import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syntheticIdentities } from '@ft/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, runFt, type Outcome } from './run-ft.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const PEOPLE = 14;
const IMAGES = 4;

let home: string;
let photos: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-cli-'));
  photos = join(home, 'photos');
  const faces = syntheticIdentities({ identities: PEOPLE, imagesPerIdentity: IMAGES, size: 40, seed: 5 });
  const bytes = 40 * 40 * 3;
  for (let i = 0; i < faces.count; i++) {
    const folder = join(photos, `person ${faces.labels[i]}`);
    await mkdir(folder, { recursive: true });
    await sharp(faces.pixels.subarray(i * bytes, (i + 1) * bytes), {
      raw: { width: 40, height: 40, channels: 3 },
    })
      .jpeg()
      .toFile(join(folder, `${i}.jpg`));
  }
});
afterAll(() => rm(home, { recursive: true }));

const ft = (
  args: readonly string[],
  onLine?: Parameters<typeof runFt>[2],
  env?: Parameters<typeof runFt>[3],
) => runFt(home, args, onLine, env);

const small = [
  '--people',
  '5',
  '--images',
  '2',
  '--epochs',
  '3',
  '--size',
  '32',
  '--checkpoint-every',
  '2',
  '--json',
];
const train = (...args: string[]) => ['train', '--data', `folder:${photos}`, ...small, ...args];

const events = ({ out }: Outcome) => eventsOf(out);

async function metrics(run: string) {
  const text = await readFile(join(home, run, 'metrics.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
      expect(time).toMatchObject({
        step: expect.any(Number),
        data: expect.any(Number),
        mining: expect.any(Number),
      });
      return rest;
    });
}

/** What a run reached, without the times. */
async function figures(run: string) {
  const { trainSeconds: _seconds, imagesPerSecond: _speed, ...rest } = await readJson(run, 'summary.json');
  return rest;
}

const readJson = async (...path: string[]) => JSON.parse(await readFile(join(home, ...path), 'utf8'));

describe('a run on a folder of people', () => {
  test('leaves everything that is promised, and can be evaluated again', async () => {
    const outcome = await ft(train('--out', 'first'));
    expect(outcome.error).toBe('');
    expect(outcome.code).toBe(0);
    const steps = await metrics('first');
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(steps.map(({ tensors }) => tensors)).size).toBe(1);
    expect(events(outcome).filter(({ event }) => event === 'step')).toHaveLength(9);

    const summary = await readJson('first/summary.json');
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining([
        'task',
        'protocol',
        'accuracy',
        'standardError',
        'auc',
        'eer',
        'engine',
        'trainSeconds',
        'imagesPerSecond',
      ]),
    );
    expect(summary).toMatchObject({ task: 'verification', protocol: 'pairs', imagesSeen: 90 });
    expect(await readJson('first/config.json')).toMatchObject({
      seed: 1,
      miner: { name: 'semi-hard' },
      people: 5,
    });
    const report = await readFile(join(home, 'first/report.html'), 'utf8');
    expect(report.match(/<svg/g)!.length).toBeGreaterThanOrEqual(6);
    expect(report.match(/data:image\/jpeg/g)!.length).toBeGreaterThanOrEqual(3);
    expect(report).toContain('Two people taken for one');

    const evaluated = await ft(['eval', 'first', '--json']);
    expect(evaluated.code, evaluated.error).toBe(0);
    const [evaluation] = events(evaluated).filter(({ event }) => event === 'evaluation');
    expect(evaluation).toMatchObject({
      accuracy: summary.accuracy,
      auc: summary.auc,
      peopleAlsoInTraining: 0,
    });
  });

  test('gives the same metrics again, also when it was killed in the middle and resumed', async () => {
    await ft(train('--out', 'whole'));
    let killed = false;
    const broken = await ft(train('--out', 'broken'), (line, kill) => {
      if (!killed && line.includes('"step":5,')) {
        killed = true;
        kill();
      }
    });
    expect(broken.code).toBe(null);
    expect(existsSync(join(home, 'broken/summary.json'))).toBe(false);
    const resumed = await ft(['train', '--resume', 'broken', '--json']);
    expect(resumed.code, resumed.error).toBe(0);
    expect(await metrics('broken')).toEqual(await metrics('whole'));
    expect(await metrics('first')).toEqual(await metrics('whole'));
    expect(await figures('broken')).toEqual(await figures('whole'));
  });

  test('goes on from the checkpoint before a damaged one, and says so', async () => {
    await ft(train('--out', 'damaged'), (line, kill) => {
      if (line.includes('"step":5,')) kill();
    });
    const last = join(home, 'damaged/checkpoints/step-00000004.safetensors');
    const bytes = await readFile(last);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(last, bytes);
    const resumed = await ft(['train', '--resume', 'damaged']);
    expect(resumed.code, resumed.error).toBe(0);
    expect(resumed.out).toMatch(/Going on from step 2: .*step-00000004\.safetensors/);
    expect(await metrics('damaged')).toEqual(await metrics('first'));
  });

  test('a clock that jumps changes no figure', async () => {
    const clock = join(home, 'clock.mjs');
    const jumping = 'const now = Date.now; let i = 0; Date.now = () => now() + (i++ % 3 - 1) * 864e5;';
    await writeFile(clock, jumping);
    const outcome = await ft(train('--out', 'jumping'), undefined, { NODE_OPTIONS: `--import=${clock}` });
    expect(outcome.code, outcome.error).toBe(0);
    expect(await metrics('jumping')).toEqual(await metrics('first'));
    const { trainSeconds } = await readJson('jumping/summary.json');
    expect(trainSeconds).toBeGreaterThan(0);
    expect(trainSeconds).toBeLessThan(600);
  });

  test('trains with the contrastive loss, on triplets and on pairs', async () => {
    for (const miner of ['hard', 'random-hard', 'pair-margin']) {
      const run = `contrastive-${miner}`;
      const outcome = await ft(
        train('--loss', 'contrastive', '--miner', miner, '--epochs', '1', '--out', run),
      );
      expect(outcome.code, outcome.error).toBe(0);
      expect((await metrics(run))[0]!['mined']).toBeGreaterThan(0);
    }
  });

  test('trains with losses of all mined pairs', async () => {
    const choices = [
      ['multi-similarity', 'multi-similarity', []],
      ['sup-con', 'pair-margin', []],
      ['sup-con', 'semi-hard', ['--miner', 'semi-hard', '--set', 'temperature=0.2']],
    ] as const;
    for (const [loss, miner, more] of choices) {
      const run = `${loss}-${miner}`;
      const outcome = await ft(train('--loss', loss, ...more, '--out', run));
      expect(outcome.code, outcome.error).toBe(0);
      const steps = await metrics(run);
      expect(steps[0]!['mined']).toBeGreaterThan(0);
      expect(steps.at(-1)!['loss']).toBeLessThan(steps[0]!['loss'] as number);
      expect(await readJson(`${run}/config.json`)).toMatchObject({
        margin: null,
        temperature: loss === 'sup-con' ? (miner === 'semi-hard' ? 0.2 : 0.1) : null,
        miner: { name: miner },
      });
    }
    // 5 people with 2 images: SupCon sees every pair of the batch.
    const [first] = await metrics('sup-con-pair-margin');
    expect(first!['mined']).toBe(10 * 9);
  });

  test('mines with a plugin once its code is allowed to run, and not before', async () => {
    const plugins = join(home, 'node_modules');
    await mkdir(join(plugins, '@ft'), { recursive: true });
    await cp(join(REPOSITORY, 'examples/ft-miner-example'), join(plugins, 'ft-miner-example'), {
      recursive: true,
    });
    await symlink(join(REPOSITORY, 'packages/miner-api'), join(plugins, '@ft/miner-api'));
    await writeFile(join(home, 'package.json'), '{"dependencies":{"ft-miner-example":"*"}}');
    const miner = ['--miner', 'ft-miner-example/quantile-negative', '--epochs', '1'];
    expect((await ft(['miners', 'list'])).out).toMatch(
      /ft-miner-example\/quantile-negative +triplets +.*not enabled/,
    );

    const refused = await ft(train(...miner, '--out', 'plugin-refused'));
    expect(refused.code).toBe(2);
    expect(refused.out).toContain('FT_PLUGIN_NOT_ENABLED');
    expect(existsSync(join(home, 'plugin-refused'))).toBe(false);

    const outcome = await ft(train(...miner, '--out', 'plugin', '--plugins', 'ft-miner-example'));
    expect(outcome.code, outcome.error + outcome.out).toBe(0);
    expect((await metrics('plugin'))[0]!['mined']).toBeGreaterThan(0);
    expect((await readJson('plugin/config.json')).versions).toMatchObject({ 'ft-miner-example': '0.1.0' });
  });

  test('a damaged image is skipped and counted, or refused', async () => {
    const other = join(home, 'other');
    execFileSync('cp', ['-r', photos, other]);
    const file = join(other, 'person 3', (await readdir(join(other, 'person 3')))[0]!);
    await truncate(file, 300);
    const args = ['train', '--data', `folder:${other}`, ...small, '--epochs', '1'];
    const skipped = await ft([...args, '--out', 'skipped']);
    expect(skipped.code, skipped.error).toBe(0);
    const [{ images }] = events(skipped).filter(({ event }) => event === 'skipped') as [
      { images: { id: string }[] },
    ];
    expect(images.map(({ id }) => id)).toEqual([expect.stringMatching(/^person 3\/\d+\.jpg$/)]);
    const refused = await ft([...args, '--on-damaged', 'refuse', '--out', 'refused']);
    expect(refused.code).toBe(2);
    expect(refused.out).toContain(file);
    expect(existsSync(join(home, 'refused/config.json'))).toBe(false);
  });
});

describe('bad input is one sentence on standard error, with exit code 2', () => {
  const cases: [what: string, args: () => string[], message: RegExp][] = [
    ['a missing folder', () => ['train', '--data', 'folder:nowhere'], /nowhere/],
    ['no source', () => ['train'], /--data must be lfw:DIR, folder:DIR or synthetic, got undefined/],
    ['an unknown source', () => ['train', '--data', 's3:x'], /--data must be .* got "s3:x"/],
    ['a margin of NaN', () => [...train('--margin', 'NaN')], /--margin must be a number above 0, got "NaN"/],
    [
      'a margin for a loss without one',
      () => [...train('--loss', 'sup-con', '--margin', '0.2')],
      /margin: the sup-con loss has none, got 0.2/,
    ],
    ['K = 1', () => [...train('--images', '1')], /--images must be a whole number at least 2, got "1"/],
    ['more people than exist', () => [...train('--people', '500')], /people must be at most 11, .* got 500/],
    [
      'an unknown miner',
      () => [...train('--miner', 'semihard')],
      /no miner "semihard".*Did you mean "semi-hard"/,
    ],
    ['an unknown loss', () => [...train('--loss', 'tripplet')], /--loss must be .*Did you mean triplet/],
    [
      'a miner of pairs for a loss of triplets',
      () => train('--miner', 'pair-margin'),
      /--miner must be one that gives triplets/,
    ],
    [
      'miner options that are no JSON',
      () => train('--miner-options', '{'),
      /--miner-options must be a JSON object/,
    ],
    ['an unknown miner option', () => train('--miner-options', '{"bandd":1}'), /bandd/],
    ['an unknown option', () => ['train', '--marginn', '1'], /unknown option '--marginn'[^]*--margin/],
    ['an unknown command', () => ['trian'], /unknown command 'trian'[^]*train/],
    ['no such run', () => ['eval', 'runs/none'], /runs\/none is not a run/],
    ['a taken folder', () => train('--out', 'photos'), /photos is not empty/],
    ['no LFW where it was said to be', () => ['quickstart', '--lfw', 'nowhere'], /nowhere/],
  ];
  test.each(cases)('%s', async (_what, args, message) => {
    const before = await readdir(home);
    const { code, out, error } = await ft(args().filter((arg) => arg !== '--json'));
    expect(error).toMatch(message);
    expect(error.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(out).not.toMatch(/Training/);
    expect(code).toBe(2);
    expect((await readdir(home)).filter((name) => name !== 'runs')).toEqual(
      before.filter((name) => name !== 'runs'),
    );
    expect(existsSync(join(home, 'runs')) ? await readdir(join(home, 'runs')) : []).toEqual([]);
  });

  test('a folder with an empty person', async () => {
    const folder = join(home, 'gaps');
    await mkdir(join(folder, 'nobody'), { recursive: true });
    const { code, error } = await ft(['train', '--data', `folder:${folder}`]);
    expect(code).toBe(2);
    expect(error).toMatch(/nobody/);
  });

  test('lists and archives of LFW that are wrong', async () => {
    const lfw = join(home, 'lfw');
    await mkdir(lfw);
    const lists = {
      'people.txt': '1\n2\nAda_Lovelace\t2\nAlan_Turing\t2\n',
      'peopleDevTrain.txt': '1\nAda_Lovelace\t2\n',
      'peopleDevTest.txt': '1\nAlan_Turing\t2\n',
      'pairs.txt': '1\t1\nAda_Lovelace\t1\t2\nAda_Lovelace\t1\tAlan_Turing\t1\n',
      'pairsDevTrain.txt': '1\nAda_Lovelace\t1\t2\nAda_Lovelace\t1\tAlan_Turing\t1\n',
      'pairsDevTest.txt': '1\nAlan_Turing\t1\t2\nAda_Lovelace\t1\tAlan_Turing\t1\n',
    };
    const write = async (changes: Record<string, string>) => {
      for (const [name, text] of Object.entries({ ...lists, ...changes }))
        await writeFile(join(lfw, name), text);
    };
    const refusal = async () => {
      const { code, error } = await ft(['quickstart', '--lfw', lfw]);
      expect(code).toBe(2);
      return error;
    };
    await write({});
    await writeFile(join(lfw, 'lfw-deepfunneled.tgz'), 'not an archive');
    expect(await refusal()).toMatch(/lfw-deepfunneled\.tgz.*(checksum|sha256)/i);
    await write({ 'pairs.txt': '1\t1\nAda_Lovelace\t1\tx\nAda_Lovelace\t1\tAlan_Turing\t1\n' });
    expect(await refusal()).toMatch(/pairs\.txt.*2.*got "Ada_Lovelace 1 x"/);
    await write({ 'pairs.txt': 'Ada_Lovelace\t1\t2\nAda_Lovelace\t1\t2\nAda_Lovelace\t1\tAlan_Turing\t1\n' });
    expect(await refusal()).toMatch(/pairs\.txt/);

    // With images in place, a name that nobody has.
    await rm(join(lfw, 'lfw-deepfunneled.tgz'));
    for (const name of ['Ada_Lovelace', 'Alan_Turing']) {
      await mkdir(join(lfw, 'lfw-deepfunneled', name), { recursive: true });
      const face = sharp({ create: { width: 250, height: 250, channels: 3, background: 'tan' } }).jpeg();
      for (const image of [1, 2])
        await face.toFile(join(lfw, 'lfw-deepfunneled', name, `${name}_000${image}.jpg`));
    }
    await write({ 'pairsDevTest.txt': '1\nAlan_Turing\t1\t2\nNo_Body\t1\tAlan_Turing\t1\n' });
    expect(await refusal()).toMatch(/pairsDevTest\.txt.*3.*No_Body/);
  });
});

test('help names every command and every option', async () => {
  const { out, code } = await ft(['--help']);
  expect(code).toBe(0);
  for (const command of ['quickstart', 'train', 'eval', 'miners', 'engine', 'doctor'])
    expect(out).toContain(command);
  const { out: options } = await ft(['train', '--help']);
  for (const flag of [
    'data',
    'miner',
    'loss',
    'margin',
    'epochs',
    'people',
    'images',
    'seed',
    'engine',
    'out',
    'resume',
  ]) {
    expect(options).toContain(`--${flag} `);
  }
  expect((await ft(['miners', 'list'])).out).toMatch(/semi-hard +triplets/);
  expect((await ft(['doctor'])).out).toMatch(/^Engine +(tensorflow|wasm)/);
});

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

test.skipIf(!isRoot)(
  'a full disk keeps the previous checkpoint, a read-only one is named (needs root to mount a small disk)',
  async () => {
    const disk = join(home, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]);
    try {
      const full = await ft(train('--out', 'disk/run').filter((arg) => arg !== '--json'));
      expect(full.code).toBe(2);
      expect(full.error).toMatch(
        /checkpoint of step 4 cannot be written \(ENOSPC.*Free at least \d+ MiB and resume/,
      );
      expect(await readdir(join(disk, 'run/checkpoints'))).toEqual(['step-00000002.safetensors']);
      execFileSync('mount', ['-o', 'remount,size=64m', disk]);
      const resumed = await ft(['train', '--resume', 'disk/run', '--json']);
      expect(resumed.code, resumed.error).toBe(0);
      expect(await metrics('disk/run')).toEqual(await metrics('first'));

      execFileSync('mount', ['-o', 'remount,ro', disk]);
      for (const out of ['disk/other', 'disk/run/below']) {
        const refused = await ft(train('--out', out).filter((arg) => arg !== '--json'));
        expect(refused).toMatchObject({
          code: 2,
          error: `ft: ${out}: mkdir failed (EROFS). Check the path, its permissions and the free space.\n`,
        });
      }
    } finally {
      execFileSync('umount', [disk]);
    }
  },
);
