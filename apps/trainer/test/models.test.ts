import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FT = fileURLToPath(new URL('../bin/ft.js', import.meta.url));

test('ft models list names every network, and what its trained weights were trained on', () => {
  const lines = execFileSync(process.execPath, [FT, 'models', 'list', '--json'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; parameters: number; pretrained?: object });
  const names = lines.map(({ name }) => name);
  expect(names).toEqual([
    'small-cnn',
    'mobile-face-net',
    'nn4-small2',
    'dlib-face-net',
    'resnet-18',
    'ir-net-50',
  ]);
  expect(lines[2]!.parameters).toBe(3_733_968);
  expect(lines[3]!.pretrained).toMatchObject({ license: expect.stringContaining('CC0') as string });
});
