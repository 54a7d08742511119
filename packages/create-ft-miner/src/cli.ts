import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { FtError } from '@ft/errors';
import { createMinerPackage } from './create-miner-package.ts';

const [name = ''] = process.argv.slice(2);
try {
  // Publishing puts the ranges of the released packages there.
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
  const { package: made, miner, directory } = await createMinerPackage(name, process.cwd(), devDependencies);
  process.stdout.write(
    `${made} with the strategy "${miner}" is in ${relative('', directory)}. Next:\n` +
      `  cd ${relative('', directory)}\n  npm install\n  npm test\n`,
  );
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!FtError.isInstance(error) && code === undefined) throw error;
  process.stderr.write(`create-ft-miner: ${message}\n`);
  process.exitCode = 2;
}
