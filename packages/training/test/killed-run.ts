// A tiny run in a process of its own, to be killed: node killed-run.js DIRECTORY STEPS. It goes on with the checkpoints
// that it finds, says the number of each step that it has made, and writes a digest of everything at the end.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accelerate, selectEngine } from '@ft/engine';
import { referenceBank } from '@ft/miners';
import { exportWeights } from '@ft/models';
import { latestCheckpoint, plateauDecay, train } from '../src/index.ts';
import { setUp } from './scene.ts';

const [directory, steps] = [process.argv[2]!, Number(process.argv[3])];
if ((await selectEngine()).name !== 'wasm') accelerate();
const checkpoints = join(directory, 'checkpoints');
const { checkpoint } = await latestCheckpoint(checkpoints);
const options = setUp({
  steps,
  learningRate: plateauDecay({ peak: 0.003, patience: 2 }),
  memory: referenceBank({ capacity: 12, dimension: 8 }),
  average: { decay: 0.9 },
  validation: {
    every: 7,
    bestFile: join(directory, 'best.safetensors'),
    validate: async (model) => ({
      score: Math.abs((await exportWeights(model)).get('dense1/kernel')!.data[0]!),
    }),
  },
  checkpoint: { directory: checkpoints, every: 3 },
  resume: checkpoint,
  onStep: ({ step }) => void process.stdout.write(`${step}\n`),
});
const result = await train(options);
const hash = createHash('sha256').update(JSON.stringify(result));
const final = (await latestCheckpoint(checkpoints)).checkpoint!;
for (const weights of [await exportWeights(options.model), final.tensors]) {
  for (const [name, { data }] of weights) hash.update(name).update(new Uint8Array(data.buffer));
}
await writeFile(join(directory, 'digest'), hash.update(JSON.stringify(final.state)).digest('hex'));
