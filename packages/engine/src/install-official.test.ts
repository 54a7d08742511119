import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fakeOfficial, type FakeOfficial } from '../test/fake-official.ts';
import { writeWheel } from '../test/fake-wheel.ts';
import { fakeCompiler } from '../test/fake-tools.ts';
import { installedEngines, loaderName } from './engine-cache.ts';
import {
  BadArchiveError,
  BrokenEngineError,
  DownloadError,
  NoCompilerError,
  UnsupportedPlatformError,
} from './engine-errors.ts';
import { installEngine } from './install-engine.ts';
import type { InstallProgress } from './install-progress.ts';
import { loadTfjsNode } from './load-tfjs-node.ts';
import { officialRelease, officialTensorFlow } from './official-release.ts';
import { tfjsNodeDirectory } from './tfjs-node-package.ts';

const libraryPath = '/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz';
const addonPath = '/tf-builds/pre-built-binary/napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz';

let sources: string;
let official: FakeOfficial;
beforeAll(async () => {
  sources = mkdtempSync(join(tmpdir(), 'ft-official-sources-'));
  official = await fakeOfficial(sources);
});
afterAll(() => rmSync(sources, { recursive: true, force: true }));

let directory: string;
let env: NodeJS.ProcessEnv;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-official-'));
  // Without a compiler.
  env = { PATH: directory, FT_CACHE_DIR: join(directory, 'cache') };
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  env['TFJS_NODE_CDN_STORAGE'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that has both archives. */
async function serveArchives({ library, addon }: FakeOfficial): Promise<string[]> {
  const asked: string[] = [];
  const bodies: Record<string, Buffer> = { [libraryPath]: library, [addonPath]: addon };
  await serve((request, response) => {
    asked.push(request.url!);
    const body = bodies[request.url!];
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': body.length }).end(body);
  });
  return asked;
}

const root = (): string => join(directory, 'cache', 'engine');
const downloads = (): string[] => readdirSync(join(directory, 'cache', 'downloads'));

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('on Linux x64', () => {
  test('the official binary becomes an engine like the others, without a compiler', async () => {
    const asked = await serveArchives(official);
    const steps: InstallProgress[] = [];
    const onProgress = (progress: InstallProgress): void => void steps.push(progress);
    const first = await installEngine({ from: 'official', env, onProgress });
    expect(asked).toEqual([addonPath, libraryPath]);
    expect(first.isNew).toBe(true);
    expect(readdirSync(root())).toEqual(['tensorflow-2.9.1-linux-x64-tfjs-4.22.0']);
    expect(readdirSync(first.directory, { recursive: true }).sort()).toEqual([
      'lib',
      'lib/libtensorflow.so.2',
      'lib/libtensorflow_framework.so.2',
      'manifest.json',
      'tfjs_binding.node',
    ]);
    expect(downloads()).toEqual([]);
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(first.manifest).toMatchObject({
      tensorflow: '2.9.1',
      source: {
        name: expect.stringMatching(libraryPath),
        sha256: digest,
        verifiedBy: expect.stringMatching(/^no digest/),
      },
      addon: { name: expect.stringMatching(addonPath), sha256: digest },
      files: { 'lib/libtensorflow.so.2': { sha256: digest } },
    });
    expect([...new Set(steps.map(({ step }) => step))]).toEqual(['download', 'unpack', 'check']);
    for (const step of ['download', 'unpack']) {
      const last = steps.findLast((progress) => progress.step === step)!;
      expect(last.done).toBe(last.total);
    }
    // Nobody is asked again.
    expect(await installEngine({ from: 'official', env })).toMatchObject({ isNew: false });
    expect(asked).toHaveLength(2);
    expect(await installedEngines(env['FT_CACHE_DIR'])).toMatchObject([{ directory: first.directory }]);
  });

  test('it is loaded with its libraries without the loader addon, which is built where there is a compiler', async () => {
    await serveArchives(official);
    const { addon, directory: engine } = await installEngine({ from: 'official', env });
    const locator = join(directory, 'package/node_modules/@mapbox/node-pre-gyp');
    mkdirSync(locator, { recursive: true });
    writeFileSync(join(locator, 'index.js'), '');
    const folder = join(directory, 'package');
    writeFileSync(join(folder, 'package.json'), '{"main": "index.js"}');
    writeFileSync(
      join(folder, 'index.js'),
      `module.exports = require(require('@mapbox/node-pre-gyp').find());`,
    );
    loadTfjsNode(folder, addon);
    expect(createRequire(join(folder, 'package.json'))(folder)).toMatchObject({ TF_Version: '2.9.1' });
    expect(readdirSync(engine)).not.toContain(loaderName);
    rmSync(engine, { recursive: true });
    const again = await installEngine({
      from: 'official',
      env: { ...env, PATH: process.env['PATH'], CXX: fakeCompiler(join(directory, 'tools')) },
    });
    expect(Object.keys(again.manifest.files)).toContain(loaderName);
  });

  test('an engine with a newer TensorFlow goes on being used, and the caller is told', async () => {
    const newer = await installEngine({
      from: writeWheel(directory),
      env: { ...env, PATH: process.env['PATH'], CXX: fakeCompiler(join(directory, 'tools')) },
    });
    await serveArchives(official);
    const installed = await installEngine({ from: 'official', env });
    expect(installed).toMatchObject({ isNew: true, newer: { directory: newer.directory } });
    expect(newer.newer).toBeUndefined();
    // Any engine will do where none is asked for, but the official one is not what 'wheel' means.
    expect(await installEngine({ env })).toMatchObject({ isNew: false, directory: newer.directory });
    rmSync(newer.directory, { recursive: true });
    expect(await installEngine({ env })).toMatchObject({ isNew: false, directory: installed.directory });
    await expect(installEngine({ from: 'wheel', env })).rejects.toThrow(NoCompilerError);
  });

  test('a download that breaks off goes on where it stopped', async () => {
    const ranges: (string | undefined)[] = [];
    await serve((request, response) => {
      const body = request.url === addonPath ? official.addon : official.library;
      if (request.url === libraryPath) ranges.push(request.headers.range);
      const start = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length - start });
      if (request.url === addonPath || start > 0) response.end(body.subarray(start));
      else response.write(body.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20));
    });
    expect(await installEngine({ from: 'official', env })).toMatchObject({ isNew: true });
    expect(ranges).toEqual([undefined, 'bytes=1000-']);
  });

  test('archives that lie in the folder for downloads are used without a network', async () => {
    const folder = join(directory, 'cache', 'downloads');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'CPU-linux-4.22.0.tar.gz'), official.addon);
    writeFileSync(join(folder, 'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz'), official.library);
    env['TFJS_NODE_CDN_STORAGE'] = 'http://127.0.0.1:9';
    expect(await installEngine({ from: 'official', env })).toMatchObject({ isNew: true });
  });

  test('where the server does not answer, one sentence says what to do and nothing is left', async () => {
    await serve(() => undefined);
    const address = env['TFJS_NODE_CDN_STORAGE'];
    await new Promise((resolve) => server!.close(resolve));
    const failure = installEngine({ from: 'official', env: { ...env, TFJS_NODE_CDN_STORAGE: address } });
    await expect(failure).rejects.toThrow(DownloadError);
    await expect(failure).rejects.toThrow(
      /^The official tfjs-node binary could not be had: http:.*could not be fetched.*TFJS_NODE_CDN_STORAGE.*FT_TF_WHEEL/,
    );
    expect(readdirSync(root())).toEqual([]);
  });

  test('an answer that is refused, or is a page of a proxy, is named', async () => {
    await serve((_request, response) => response.writeHead(403).end());
    await expect(installEngine({ from: 'official', env })).rejects.toThrow(/answers 403 Forbidden/);
    server!.close();
    await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    );
    await expect(installEngine({ from: 'official', env })).rejects.toThrow(/HTML page in place of the file/);
    expect(downloads()).toEqual([]);
  });

  test.each([
    ['no archive', () => Buffer.from('something else')],
    ['half an archive', ({ library }: FakeOfficial) => library.subarray(0, library.length / 2)],
    ['an archive with a changed byte', ({ library }: FakeOfficial) => changed(library)],
    ['an archive without libraries', ({ addon }: FakeOfficial) => addon],
  ])('%s in place of libtensorflow is refused and deleted', async (_what, library) => {
    await serveArchives({ ...official, library: library(official) });
    const failure = installEngine({ from: 'official', env });
    await expect(failure).rejects.toThrow(BadArchiveError);
    await expect(failure).rejects.toThrow(
      /libtensorflow-cpu-linux-x86_64-2\.9\.1\.tar\.gz from http:.*It was deleted; repeat/,
    );
    expect(downloads()).toEqual(['CPU-linux-4.22.0.tar.gz']);
    expect(readdirSync(root())).toEqual([]);
  });

  test('an addon that looks for its libraries elsewhere, and one that crashes, are not published', async () => {
    const elsewhere = await fakeOfficial(join(directory, 'elsewhere'), { runpath: '/opt/lib' });
    await serveArchives({ ...official, addon: elsewhere.addon });
    await expect(installEngine({ from: 'official', env })).rejects.toThrow(
      /does not name \$ORIGIN\/\.\.\/\.\.\/deps\/lib/,
    );
    server!.close();
    await serveArchives(await fakeOfficial(join(directory, 'crash'), { body: 'raise(SIGILL);' }));
    await expect(installEngine({ from: 'official', env })).rejects.toThrow(BrokenEngineError);
    expect(readdirSync(root())).toEqual([]);
  });

  test("the addresses are those of tfjs-node's own script", () => {
    const { binary } = JSON.parse(read('package.json')) as {
      binary: { host: string; napi_versions: number[] };
    };
    expect(/LIBTENSORFLOW_VERSION = '(.*)'/.exec(read('scripts/deps-constants.js'))![1]).toBe(
      officialTensorFlow,
    );
    expect(read('scripts/install.js')).toContain('${BASE_HOST}tensorflow/libtensorflow/libtensorflow-');
    const { library, addon } = officialRelease('gpu');
    expect(library).toBe(
      'https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz',
    );
    expect(dirname(addon)).toBe(`${binary.host}/napi-v${binary.napi_versions.at(-1)}/4.22.0`);
    expect(addon).toMatch(/\/GPU-linux-4\.22\.0\.tar\.gz$/);
  });
});

test.runIf(process.platform !== 'linux' || process.arch !== 'x64')('other machines are refused', () => {
  expect(() => officialRelease('cpu')).toThrow(UnsupportedPlatformError);
});

/** The text of a file of tfjs-node. */
function read(path: string): string {
  return readFileSync(join(tfjsNodeDirectory(), path), 'utf8');
}

function changed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 6]! ^= 1;
  return copy;
}
