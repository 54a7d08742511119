import { measureNames } from './operations/distance-operations.ts';
import { matrixLossNames, weightedLossNames } from './operations/loss-operations.ts';
import { minerCases } from './operations/miner-operations.ts';
import type { Pictures } from './pictures.ts';
import type { Side, SpeedCase } from './speed-case.ts';

const pml = { worker: 'peer', library: 'pytorch-metric-learning 2.9' } as const;
const torch = { worker: 'peer', library: 'PyTorch' } as const;
const learn = { worker: 'peer', library: 'NumPy and scikit-learn' } as const;
const native = { worker: 'other', engine: 'tensorflow', accelerate: true } as const;

/** Strategies that the peer has no counterpart of. */
const ownMiners = new Set([
  'hard',
  'semi-hard',
  'random-hard',
  'nearest-semi-hard',
  'batch-all',
  'rank-range',
  'hardest-cluster',
  'random',
]);

/** Beyond these batches the peer takes gigabytes or minutes. */
const peerLimits: Readonly<Record<string, number>> = {
  angular: 512,
  'triplet-margin': 2048,
  'nt-xent': 512,
  lifted: 512,
  tuplet: 512,
  pnp: 512,
  'smooth-ap': 512,
  'sup-con': 2048,
};

/**
 * Every row there is, in the order of the table.
 *
 * @param isOnGpu with the batches that a processor would take minutes for
 */
export function speedCases(pictures: Pictures, isOnGpu = false): SpeedCase[] {
  return [
    ...distanceCases(),
    ...lossCases(),
    ...minerCasesOf(),
    ...pictureCases(pictures),
    ...networkCases(isOnGpu),
    ...engineCases(),
    ...evaluationCases(),
  ];
}

/** A peer, where the batch is not beyond it. */
const within = (name: string, batch: number, side: Side) =>
  batch > (peerLimits[name] ?? Infinity) ? {} : { against: side };

function distanceCases(): SpeedCase[] {
  return ['distances', 'distances gradient'].flatMap((operation) =>
    [512, 2048].flatMap((batch) =>
      measureNames.map((measure) => ({
        group: operation,
        name: `${measure} B=${batch}`,
        operation,
        parameters: { measure, batch },
        against: measure === 'snr' ? pml : torch,
        quick: batch === 512,
      })),
    ),
  );
}

/** Under `--quick` at the batch where a framework's overhead does not hide the work. */
const quickBatch = 512;

/** Of these the peer takes seconds there, which `--quick` does not have. */
const slowLosses = new Set(['lifted', 'nt-xent', 'tuplet', 'pnp', 'smooth-ap']);

function lossCases(): SpeedCase[] {
  return [...matrixLossNames, ...weightedLossNames].flatMap((name) =>
    [128, 512, 2048].map((batch) => ({
      group: 'loss',
      name: `${name} B=${batch}`,
      operation: 'loss',
      parameters: { name, batch },
      ...within(name, batch, name === 'softmax' ? torch : pml),
      quick: batch === (slowLosses.has(name) ? 128 : quickBatch),
    })),
  );
}

function minerCasesOf(): SpeedCase[] {
  return Object.keys(minerCases).flatMap((name) =>
    [128, 512, 1024, 2048].map((batch) => ({
      group: 'miner',
      name: `${name} B=${batch}`,
      operation: 'mine',
      parameters: { name, batch },
      ...(ownMiners.has(name) ? {} : within(name, batch, pml)),
      quick: batch === quickBatch,
    })),
  );
}

function pictureCases({ files, crop }: Pictures): SpeedCase[] {
  const parameters = { files, crop, size: 112 };
  const decode = (library: string) => ({
    group: 'data',
    name: `first pass beside ${library}`,
    operation: 'decode',
    parameters,
    against: {
      worker: 'peer',
      library,
      parameters: { ...parameters, library: library.toLowerCase() },
    } as const,
    quick: library === 'Pillow',
    items: files.length,
  });
  return [
    decode('Pillow'),
    decode('OpenCV'),
    {
      group: 'data',
      name: 'later passes from the cache',
      operation: 'cached batches',
      parameters,
      quick: true,
      items: files.length,
    },
    {
      group: 'data',
      name: 'augmented batches in memory',
      operation: 'augmented batches',
      parameters: { images: 96, size: 112 },
      quick: true,
      items: 96,
    },
    {
      group: 'data',
      name: 'data wait in a step',
      operation: 'data wait',
      parameters: { batch: 96, size: 112 },
      isShare: true,
      quick: true,
    },
  ];
}

function networkCases(isOnGpu: boolean): SpeedCase[] {
  const rows = (operation: string, network: string, batch: number, quick: boolean): SpeedCase => ({
    group: operation === 'step' ? 'training step' : 'forward',
    name: `${network} B=${batch}`,
    operation,
    parameters: { network, batch },
    against: torch,
    quick,
  });
  return [
    rows('step', 'reference', 32, true),
    rows('forward', 'reference', 32, true),
    rows('step', 'reference', 256, isOnGpu),
    ...(isOnGpu ? [rows('step', 'reference', 1024, true)] : []),
    ...['mobile-face-net', 'dlib'].flatMap((network) => [
      rows('step', network, 32, false),
      rows('forward', network, 32, false),
    ]),
    {
      group: 'training',
      name: 'small-cnn, three steps of 96 images',
      operation: 'training',
      parameters: { batch: 96, size: 112 },
      against: { worker: 'peer', library: 'PyTorch, pytorch-metric-learning 2.9' },
      quick: true,
      items: 3 * 96,
    },
    {
      group: 'embedding',
      name: 'reference, 256 images',
      operation: 'embed',
      parameters: { network: 'reference', images: 256, batch: 64 },
      against: torch,
      quick: true,
      items: 256,
    },
    {
      group: 'embedding',
      name: 'dlib, 256 images',
      operation: 'embed',
      parameters: { network: 'dlib', images: 256, batch: 64 },
      against: torch,
      quick: false,
      items: 256,
    },
    {
      group: 'mining',
      name: 'share of a step, reference B=256',
      operation: 'step',
      parameters: { network: 'reference', batch: 256 },
      against: { worker: 'ours', operation: 'mining share', parameters: { batch: 256 } },
      quick: true,
    },
  ];
}

function engineCases(): SpeedCase[] {
  return [
    {
      group: 'engine',
      name: 'accelerate() on a tfjs-layers model B=32',
      operation: 'layers step',
      parameters: { batch: 32 },
      by: native,
      against: { ...native, accelerate: false },
      quick: true,
    },
    {
      group: 'engine',
      name: 'wasm training step beside native B=8',
      operation: 'step',
      parameters: { network: 'reference', batch: 8 },
      by: { worker: 'other', engine: 'wasm', accelerate: false },
      against: native,
      quick: true,
    },
  ];
}

const indexCase = (rows: number, quick: boolean): SpeedCase => ({
  group: 'index',
  name: `HNSW of ${rows} rows, built and searched`,
  operation: 'index',
  parameters: { rows },
  against: { worker: 'peer', library: 'faiss' },
  quick,
});

function evaluationCases(): SpeedCase[] {
  const allPairs = (rows: number, quick: boolean): SpeedCase => ({
    group: 'evaluation',
    name: `ROC of all pairs of ${rows} images`,
    operation: 'all pairs',
    parameters: { rows },
    against: learn,
    quick,
  });
  const openSetSearch = (search: 'exact' | 'usearch'): SpeedCase => ({
    group: 'evaluation',
    name: `open-set search of 100000 people, 1000 probes, ${search}`,
    operation: 'open-set search',
    parameters: { people: 100_000, probes: 1000, search },
    against: learn,
    quick: false,
  });
  return [
    { group: 'evaluation', name: 'View 2', operation: 'view 2', parameters: {}, against: learn, quick: true },
    allPairs(2000, true),
    // All of LFW: 87.5 million pairs.
    allPairs(13_233, false),
    openSetSearch('exact'),
    openSetSearch('usearch'),
    {
      group: 'index',
      name: 'exact, all 13233 images of LFW',
      operation: 'exact index',
      parameters: { rows: 13_233 },
      against: { worker: 'peer', library: 'faiss' },
      quick: false,
    },
    indexCase(2000, true),
    indexCase(50_000, false),
  ];
}
