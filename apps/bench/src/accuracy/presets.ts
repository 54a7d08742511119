import type { Grid } from './grid.ts';

const semiHard = { name: 'semi-hard', options: { margin: 0.2, choice: 'all' } };
const strategies: Grid['miners'] = [
  { name: 'random' },
  { name: 'random-hard', options: { margin: 0.2 } },
  semiHard,
  { name: 'hard', options: { margin: 0.2 } },
  {
    label: 'random, then semi-hard, then hard',
    name: 'schedule',
    options: {
      by: 'step',
      stages: [
        { from: 0, miner: 'random' },
        { from: 80, miner: 'semi-hard', options: { margin: 0.2, choice: 'all' } },
        { from: 280, miner: 'hard', options: { margin: 0.2 }, blend: 60 },
      ],
    },
  },
];

const training = {
  folds: [0],
  losses: ['triplet' as const],
  margin: 0.2,
  plugins: [],
  learningRate: 1e-3,
};

/** Grids by name. `data` is completed by the command, which knows where LFW is. */
export const presets: Readonly<Record<string, Grid>> = {
  /** Minutes on two cores, without any data: that the whole way works. */
  smoke: {
    ...training,
    data: 'synthetic',
    models: [{ name: 'small-cnn', size: 32, width: 0.5 }],
    miners: [{ name: 'random' }, semiHard, { name: 'hard', options: { margin: 0.2 } }],
    people: 12,
    images: 4,
    imagesSeen: 2880,
    measurements: 3,
    seeds: [1, 2, 3],
  },
  /** The strategies of the course this project began with, on LFW View 1: 400 steps of 96 images a cell. */
  'lfw-strategies': {
    ...training,
    data: 'lfw-view1',
    models: [{ name: 'small-cnn', size: 80, width: 1 }],
    miners: strategies,
    people: 24,
    images: 4,
    imagesSeen: 38_400,
    measurements: 4,
    seeds: [1, 2, 3, 4, 5],
  },
};
