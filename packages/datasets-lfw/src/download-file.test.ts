import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DownloadOptions, downloadFile } from './download-file.ts';
import { DownloadError, prepareLfw } from './index.ts';

const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 31) % 251));
const checksum = { sha256: createHash('sha256').update(content).digest('hex') };

let root: string;
let target: string;
let server: Server;
let base: string;
let requests: { path: string; range: string | undefined }[];
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-download-'));
  target = join(root, 'files', 'lfw.tgz');
  requests = [];
  server = createServer((request, response) => {
    requests.push({ path: request.url!, range: request.headers.range });
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true });
});

const get = (options: Partial<DownloadOptions> = {}) =>
  downloadFile({
    urls: [`${base}/a`],
    target,
    checksum,
    maxBytes: 100_000,
    retryDelay: 1,
    stallTimeout: 5_000,
    ...options,
  });

/** Serves the content, honouring a range. */
function serve(request: IncomingMessage, response: ServerResponse, bytes = content): void {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start >= bytes.length) return void response.writeHead(416).end();
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start });
  response.end(bytes.subarray(start));
}

test('a file arrives, with progress, and is not asked for again', async () => {
  answer = (request, response) => serve(request, response);
  const progress: [number, number | undefined][] = [];
  await get({ onProgress: (done, total) => progress.push([done, total]) });
  expect(await readFile(target)).toEqual(content);
  expect(progress.at(-1)).toEqual([50_000, 50_000]);
  await get();
  expect(requests).toHaveLength(1);
  expect(await readdir(join(root, 'files'))).toEqual(['lfw.tgz']);
});

test('a dropped connection is resumed where it broke', async () => {
  answer = (request, response, count) => {
    if (count > 1) return serve(request, response);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 20));
  };
  await get();
  expect(await readFile(target)).toEqual(content);
  expect(requests.map(({ range }) => range)).toEqual([undefined, 'bytes=20000-']);
});

test('a server that ignores ranges sends everything again', async () => {
  answer = (_, response) => response.end(content);
  await get({ urls: [] }).catch(() => {});
  await writeFile(`${target}.part`, content.subarray(0, 777));
  await get();
  expect(await readFile(target)).toEqual(content);
});

test('a wrong rest of an earlier attempt is thrown away once', async () => {
  answer = (request, response) => serve(request, response);
  await get({ urls: [] }).catch(() => {});
  for (const rest of [Buffer.alloc(1000), Buffer.alloc(60_000)]) {
    await writeFile(`${target}.part`, rest);
    await get();
    expect(await readFile(target)).toEqual(content);
    await rm(target);
  }
});

test('a mirror that is down, missing the file, broken or wrong is followed by the next', async () => {
  answer = (request, response) => {
    if (request.url === '/404') response.writeHead(404).end('no');
    else if (request.url === '/500') response.writeHead(500).end('no');
    else if (request.url === '/html')
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
    else if (request.url === '/corrupt') serve(request, response, Buffer.from(content).fill(0, 100, 200));
    else if (request.url === '/short') serve(request, response, content.subarray(0, 1000));
    else if (request.url === '/endless') response.end(Buffer.alloc(200_000));
    else serve(request, response);
  };
  const paths = ['404', '500', 'html', 'corrupt', 'short', 'endless'];
  const urls = ['http://127.0.0.1:1/down', ...paths.map((path) => `${base}/${path}`)];
  const failed = get({ urls, retries: 1 });
  const error = (await failed.catch((reason: unknown) => reason)) as DownloadError;
  expect(DownloadError.isInstance(error)).toBe(true);
  expect(error.failures.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('fetch failed'),
    'the server answered 404',
    'the server answered 500',
    'the server answered with a web page',
    'the checksum does not fit',
    'the checksum does not fit',
    'more than 100000 bytes came',
  ]);
  expect(error.message).toContain('Put the file there by hand');
  expect(requests.filter(({ path }) => path === '/404')).toHaveLength(1);
  expect(requests.filter(({ path }) => path === '/500')).toHaveLength(2);
  expect(await readdir(join(root, 'files'))).toEqual([]);
  await get({ urls: [...urls, `${base}/good`], retries: 0 });
  expect(await readFile(target)).toEqual(content);
});

test('a slow drip is given up', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    const drip = setInterval(() => response.write('x'), 10);
    response.on('close', () => clearInterval(drip));
  };
  const error = (await get({ stallTimeout: 100, retries: 0 }).catch(
    (reason: unknown) => reason,
  )) as DownloadError;
  expect(error.failures[0]!.reason).toBe('the server is too slow');
});

test('an aborted download stops with the reason of the signal and keeps what came', async () => {
  const controller = new AbortController();
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 5_000));
  };
  const stopped = get({
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(stopped).rejects.toThrow('enough');
  expect((await readFile(`${target}.part`)).length).toBeGreaterThan(0);
});

test('prepareLfw asks the mirrors in turn and refuses wrong content', async () => {
  answer = (request, response) =>
    request.url!.startsWith('/a/') ? response.writeHead(404).end() : response.end('other bytes');
  const failed = prepareLfw({ dir: join(root, 'lfw'), mirrors: [`${base}/a`, `${base}/b/`] });
  await expect(failed).rejects.toThrow('the checksum does not fit');
  expect(requests.map(({ path }) => path)).toEqual(['/a/pairs.txt', '/b/pairs.txt']);
  await expect(prepareLfw({ dir: root, variant: 'aligned' as 'original' })).rejects.toThrow(
    'variant must be one of original',
  );
});
