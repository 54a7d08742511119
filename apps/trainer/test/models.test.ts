import { expect, test } from 'vitest';
import { eventsOf, runFt } from './run-ft.ts';

test('ft models list names every network, and what its trained weights were trained on', async () => {
  const { out } = await runFt(process.cwd(), ['models', 'list', '--json']);
  const lines = eventsOf(out);
  const names = lines.map(({ name }) => name);
  expect(names).toEqual([
    'small-cnn',
    'mobile-face-net',
    'nn4-small2',
    'dlib-face-net',
    'resnet-18',
    'ir-net-50',
  ]);
  expect(lines[2]!['parameters']).toBe(3_733_968);
  expect(lines[3]!['pretrained']).toMatchObject({ license: expect.stringContaining('CC0') });
});
