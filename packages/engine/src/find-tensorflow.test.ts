import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeTool } from '../test/fake-tools.ts';
import { wheelBytes } from '../test/fake-wheel.ts';
import { ChecksumError, NoWheelError } from './engine-errors.ts';
import { fetchTensorFlow } from './find-tensorflow.ts';
import { tensorFlowRelease } from './tensorflow-release.ts';

const { project, version, platforms } = tensorFlowRelease();
// Not the platform whose digest is known beforehand.
const name = `${project.replaceAll('-', '_')}-${version}-cp311-cp311-${platforms[1]}.whl`;
const wheel = wheelBytes({ members: { filler: 'x'.repeat(300_000) } });
const sha256 = createHash('sha256').update(wheel).digest('hex');

let directory: string;
let downloads: string;
let env: NodeJS.ProcessEnv;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-find-'));
  downloads = join(directory, 'downloads');
  env = { PATH: join(directory, 'bin') };
  mkdirSync(env['PATH']!);
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A pip whose download command runs `body`, with the arguments in `args` and the folder in `dest`. */
function fakePip(body: string, python = 'python3'): void {
  writeTool(
    join(env['PATH']!, python),
    `const args = process.argv.slice(2);
if (args.includes('--version')) process.exit(0);
const dest = args[args.indexOf('--dest') + 1];
const fs = require('node:fs');
${body}`,
  );
}

async function listen(handler: RequestListener): Promise<string> {
  server = createServer(handler);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where nobody listens. */
async function closedPort(): Promise<string> {
  const url = await listen(() => undefined);
  await new Promise((resolve) => server!.close(resolve));
  return url;
}

/** An index that lists the wheel and hands it out through `send`. */
async function fakeIndex(send: RequestListener, digest = sha256): Promise<string> {
  const index: string = await listen((request, response) => {
    if (request.url !== `/pypi/${project}/${version}/json`) return send(request, response);
    const urls = [
      { filename: `${project}-${version}.tar.gz`, url: 'none', digests: { sha256: '' } },
      { filename: name.replace(platforms[1]!, 'win_amd64'), url: 'none', digests: { sha256: '' } },
      { filename: name, url: `${index}/files/${name}`, digests: { sha256: digest } },
    ];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ urls }));
  });
  return index;
}

test.each(['python3', 'python'])(
  'pip through %s is asked for this platform, whatever its own version',
  async (python) => {
    const log = join(directory, 'args.json');
    const bytes = join(directory, 'bytes');
    writeFileSync(bytes, wheel);
    fakePip(
      `fs.writeFileSync('${log}', JSON.stringify(args)); fs.copyFileSync('${bytes}', dest + '/${name}');`,
      python,
    );
    const source = await fetchTensorFlow(downloads, { env });
    expect(source).toMatchObject({ kind: 'wheel', path: join(downloads, name), sha256, isOurs: true });
    expect(readdirSync(downloads)).toEqual([name]);
    const args = (await import(log, { with: { type: 'json' } })).default as string[];
    expect(args).toEqual(
      expect.arrayContaining(['--no-deps', '--platform', platforms[0], `${project}==${version}`]),
    );
    // The second time it lies there, and nobody is asked.
    rmSync(env['PATH']!, { recursive: true });
    expect(await fetchTensorFlow(downloads, { env })).toEqual(source);
  },
);

test('the progress of pip is read from the growing file', async () => {
  fakePip(`console.log('  Downloading ${name} (1.2 MB)');
fs.writeFileSync(process.env.TMPDIR + '/part', 'x'.repeat(1000));
setTimeout(() => fs.writeFileSync(dest + '/${name}', 'PK'), 600);`);
  const seen: unknown[] = [];
  await fetchTensorFlow(downloads, { env, onProgress: (progress) => seen.push(progress) });
  expect(seen).toContainEqual({
    step: 'download',
    text: `Fetching ${project} ${version}`,
    done: 1000,
    total: 1_200_000,
  });
});

test('no pip and no network: the sentence names both, and the way out', async () => {
  const failure = fetchTensorFlow(downloads, { env, index: await closedPort() });
  await expect(failure).rejects.toThrow(NoWheelError);
  await expect(failure).rejects.toThrow(/1\. there is no pip.*2\. http:.*could not be fetched.*FT_TF_WHEEL/);
});

test('what pip said last is passed on, and PyPI is asked instead', async () => {
  fakePip(
    `console.error('WARNING: slow'); console.error('ERROR: No matching distribution'); process.exit(1);`,
  );
  const index = await fakeIndex((_request, response) => response.end(wheel));
  const source = await fetchTensorFlow(downloads, { env, index });
  expect(source).toMatchObject({ sha256, verifiedBy: 'the digest that PyPI publishes' });
  server!.close();
  server!.closeAllConnections();
  rmSync(downloads, { recursive: true });
  await expect(fetchTensorFlow(downloads, { env, index })).rejects.toThrow(/ERROR: No matching distribution/);
});

test('a proxy that answers with HTML is named', async () => {
  const index = await listen((_request, response) =>
    response.setHeader('content-type', 'text/html; charset=utf-8').end('<html>Sign in</html>'),
  );
  await expect(fetchTensorFlow(downloads, { env, index })).rejects.toThrow(/HTML page in place of the file/);
});

test('so is one that does it to the wheel alone, whose page is not kept', async () => {
  const index = await fakeIndex((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<html>Sign in</html>'),
  );
  await expect(fetchTensorFlow(downloads, { env, index })).rejects.toThrow(/HTML page in place of the file/);
  expect(readdirSync(downloads)).toEqual([]);
});

test('an index without a wheel for this platform, and one that errs, are named', async () => {
  let status = 200;
  const index = await listen((_request, response) => {
    response.statusCode = status;
    response.end('{"urls": []}');
  });
  await expect(fetchTensorFlow(downloads, { env, index })).rejects.toThrow(/lists no wheel for manylinux/);
  status = 403;
  await expect(fetchTensorFlow(downloads, { env, index })).rejects.toThrow(/answers 403 Forbidden/);
});

test('a broken download goes on where it stopped', async () => {
  const ranges: (string | undefined)[] = [];
  const index = await fakeIndex((request, response) => {
    ranges.push(request.headers.range);
    const start = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
    const end = Math.min(wheel.length, start + 150_000);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': wheel.length - start });
    response.write(wheel.subarray(start, end), () => {
      if (end < wheel.length) setTimeout(() => response.destroy(), 20);
      else response.end();
    });
  });
  expect(await fetchTensorFlow(downloads, { env, index })).toMatchObject({ sha256 });
  expect(ranges[0]).toBeUndefined();
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  expect(readdirSync(downloads)).toEqual([name]);
});

test('a download that was left half-way in an earlier run is continued; a server without ranges starts anew', async () => {
  mkdirSync(downloads);
  writeFileSync(join(downloads, `${name}.part`), 'not the beginning of the wheel');
  const index = await fakeIndex((_request, response) => response.end(wheel));
  expect(await fetchTensorFlow(downloads, { env, index })).toMatchObject({ sha256 });
});

test('a download with another digest is deleted and refused', async () => {
  const index = await fakeIndex((_request, response) => response.end(wheel), 'f'.repeat(64));
  await expect(fetchTensorFlow(downloads, { env, index })).rejects.toThrow(ChecksumError);
  expect(existsSync(join(downloads, `${name}.part`))).toBe(false);
  expect(readdirSync(downloads)).toEqual([]);
});

test.runIf(project === 'tensorflow-cpu')(
  'a damaged wheel in the cache is deleted and refused (x64)',
  async () => {
    mkdirSync(downloads);
    const known = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
    writeFileSync(join(downloads, known), 'half');
    await expect(fetchTensorFlow(downloads, { env })).rejects.toThrow(/it was deleted; repeat/);
    expect(readdirSync(downloads)).toEqual([]);
  },
);
