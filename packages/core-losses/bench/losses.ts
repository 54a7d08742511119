// Times of loss and gradient of the matrix losses as JSON lines. Normalising and the matrix are included, as in peer.py.
// Run with Node 22.18 or newer: node --conditions=@ft/source bench/losses.ts '[128, 512]' [loss ...]
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import * as ft from '../src/index.ts';

const { name } = await selectEngine();
const unit = (x: tf.Tensor2D) => ft.l2Normalize(x);
const options = { checkFinite: false };
const euclidean = (x: tf.Tensor2D) => ft.pairwiseDistances(unit(x), undefined, options);
const squared = (x: tf.Tensor2D) =>
  ft.pairwiseDistances(unit(x), undefined, { measure: 'squared-euclidean', ...options });
const cosine = (x: tf.Tensor2D) => ft.pairwiseSimilarities(x, undefined, options);

type Loss = (x: tf.Tensor2D, relation: Uint8Array) => tf.Scalar;
const losses: Record<string, Loss> = {
  contrastive: (x, r) =>
    ft.contrastiveLoss(euclidean(x), r, {
      ...options,
      form: 'linear',
      sides: 'apart',
      reduction: 'non-zero-mean',
    }),
  lifted: (x, r) => ft.liftedStructureLoss(euclidean(x), r, options),
  'generalized lifted': (x, r) => ft.generalizedLiftedStructureLoss(euclidean(x), r, options),
  'ranked list': (x, r) => ft.rankedListLoss(euclidean(x), r, options),
  nca: (x, r) => ft.ncaLoss(squared(x), r, options),
  'fast-ap': (x, r) => ft.fastApLoss(squared(x), r, options),
  'multi-similarity': (x, r) => ft.multiSimilarityLoss(cosine(x), r, options),
  circle: (x, r) => ft.circleLoss(cosine(x), r, options),
  'nt-xent': (x, r) => ft.ntXentLoss(cosine(x), r, options),
  'sup-con': (x, r) => ft.supConLoss(cosine(x), r, options),
  tuplet: (x, r) => ft.tupletMarginLoss(cosine(x), r, options),
  angular: (x, r) => ft.angularLoss(cosine(x), r, options),
  histogram: (x, r) => ft.histogramLoss(cosine(x), r, options),
  'intra-pair variance': (x, r) => ft.intraPairVarianceLoss(cosine(x), r, options),
  'snr contrastive': (x, r) =>
    ft.contrastiveLoss(ft.snrDistances(unit(x), undefined, options), r, {
      ...options,
      form: 'linear',
      sides: 'apart',
      reduction: 'non-zero-mean',
    }),
  'threshold-consistent margin': (x, r) => ft.thresholdConsistentMarginLoss(cosine(x), r, options),
  'smooth-ap': (x, r) => ft.smoothApLoss(cosine(x), r, options),
  pnp: (x, r) => ft.pnpLoss(cosine(x), r, options),
};

const wanted = process.argv.slice(3);
for (const batch of JSON.parse(process.argv[2] ?? '[128, 512]') as number[]) {
  const labels = Int32Array.from({ length: batch }, (_, i) => Math.floor(i / 4));
  const relation = ft.relationFromLabels(labels);
  const x = tf.randomNormal<tf.Rank.R2>([batch, 128], 0, 1, 'float32', 1);
  for (const [loss, f] of Object.entries(losses)) {
    if (wanted.length > 0 && !wanted.includes(loss)) continue;
    const step = () => {
      const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => f(t as tf.Tensor2D, relation))(x);
      const number = value.dataSync()[0]!;
      grad.dataSync();
      tf.dispose([value, grad]);
      return number;
    };
    step();
    const times: number[] = [];
    const end = performance.now() + 1500;
    while (times.length < 3 || (performance.now() < end && times.length < 50)) {
      const start = performance.now();
      step();
      times.push(performance.now() - start);
    }
    const milliseconds = Math.round(1000 * times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!) / 1000;
    const line = { engine: name, loss, batch, milliseconds, best: Math.round(1000 * times[0]!) / 1000 };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  x.dispose();
}
