import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';

/** Options of tar by which the same files give the same bytes. */
const SAME = [
  '--sort=name',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--mtime=2026-01-01',
  '--format=gnu',
];

/**
 * Packs a folder as one tar.gz, cut into parts, with their SHA256SUMS and the run.sh that puts them together again.
 *
 * @param partBytes size of every part but the last
 * @returns the sizes of the parts in bytes
 * @throws Error where tar fails
 */
export async function writeParts(folder, out, partBytes = 60e6) {
  const tar = spawn('tar', ['-c', ...SAME, '-C', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const code = new Promise((resolve) => tar.on('close', resolve));
  const sizes = [];
  const sums = [];
  let waiting = [];
  let bytes = 0;
  const write = () => {
    const name = `ft-bundle.tar.gz.${String(sizes.length).padStart(3, '0')}`;
    const content = Buffer.concat(waiting);
    writeFileSync(join(out, name), content);
    sizes.push(content.length);
    sums.push(`${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
    waiting = [];
    bytes = 0;
  };
  for await (const chunk of tar.stdout.pipe(createGzip({ level: 9 }))) {
    let rest = chunk;
    while (bytes + rest.length > partBytes) {
      const most = partBytes - bytes;
      waiting.push(rest.subarray(0, most));
      rest = rest.subarray(most);
      write();
    }
    waiting.push(rest);
    bytes += rest.length;
  }
  if (bytes > 0) write();
  if ((await code) !== 0) throw new Error(`tar ended with code ${await code}; its message is above.`);
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  copyFileSync(new URL('run.sh', import.meta.url), join(out, 'run.sh'));
  return sizes;
}
