import { expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { describeEngines } from './describe-engines.ts';

test('the report is complete, survives JSON, and the self-test is right and leaves no tensor', async () => {
  await import('./select-engine.ts').then(({ selectEngine }) => selectEngine());
  const before = tf.memory().numTensors;
  const report = await describeEngines();
  expect(tf.memory().numTensors).toBe(before);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(report).toMatchObject({
    system: { platform: process.platform, arch: process.arch },
    node: process.version,
    selfTest: { isCorrect: true },
  });
  expect(report.cpu.threads).toBeGreaterThan(0);
  expect(report.selfTest.matMulGflops).toBeGreaterThan(0);
  expect(report.selfTest.convolutionImagesPerSecond).toBeGreaterThan(0);
  const names = [...report.refused.map(({ name }) => name), report.engine.name];
  expect(['tensorflow-gpu', 'tensorflow', 'wasm'].slice(0, names.length)).toEqual(names);
});
