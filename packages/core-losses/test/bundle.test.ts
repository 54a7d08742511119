import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { expect, test } from 'vitest';

test.each(['tripletLoss', 'ncaLoss', 'createArcFaceLoss'])(
  'what imports %s alone bundles to a few kilobytes beside tfjs-core',
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    const entry = join(folder, 'entry.ts');
    const source = fileURLToPath(new URL('../src/index.ts', import.meta.url));
    writeFileSync(entry, `export { ${name} } from ${JSON.stringify(source)};`);
    await build({
      config: false,
      entry: { bundle: entry },
      outDir: join(folder, 'out'),
      format: 'esm',
      minify: true,
      treeshake: true,
      silent: true,
      noExternal: [/^@ft\//],
      external: ['@tensorflow/tfjs-core'],
    });
    const bytes = readFileSync(join(folder, 'out', 'bundle.js')).length;
    rmSync(folder, { recursive: true });
    expect(bytes).toBeLessThan(14_500);
  },
  60_000,
);
