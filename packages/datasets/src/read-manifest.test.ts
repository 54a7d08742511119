import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLandmarks, readManifest, RecordError } from './index.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-manifest-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(text: string): Promise<string> {
  const file = join(root, 'list');
  await writeFile(file, text);
  return file;
}
const read = async (text: string) =>
  (await readManifest(await put(text))).images.map(({ id, identity, file }) => [id, identity, file]);

test('a CSV manifest: any column order, quotes, commas, CRLF, blank lines, extra columns', async () => {
  const text = '\uFEFFidentity,file,age\r\nAnn,b/2.jpg,3\r\n\r\n"O""Neil, Bob","a, b/1.jpg",4\r\n';
  expect(await read(text)).toEqual([
    ['a, b/1.jpg', 'O"Neil, Bob', join(root, 'a, b/1.jpg')],
    ['b/2.jpg', 'Ann', join(root, 'b/2.jpg')],
  ]);
});

test('a JSONL manifest, with ids and absolute paths', async () => {
  const text = '{"file":"/data/1.jpg","identity":"Zoë","id":"z"}\n{"file":"2.jpg","identity":"Ann","id":"a"}';
  expect(await read(text)).toEqual([
    ['a', 'Ann', join(root, '2.jpg')],
    ['z', 'Zoë', '/data/1.jpg'],
  ]);
});

test.each([
  ['', 'list:1: the manifest lists no images'],
  ['file,identity\n', 'list:1: the manifest lists no images'],
  [
    'file,idenity\na,b',
    'list:1: the first line must name the columns file, identity, but identity is missing. Did you mean it by "idenity"?',
  ],
  ['file,identity\na.jpg', 'list:2: expected 2 fields (file, identity), got 1'],
  ['file,identity\na.jpg,', 'list:2: "identity" must be a text, got ""'],
  ['file,identity\n\n"a.jpg,Ann', 'list:3: the quote at column 1 is not closed before a comma'],
  ['{"file":"a.jpg"}', 'list:1: "identity" must be a text, got nothing'],
  ['{"file":"a.jpg","identity":3}', 'list:1: "identity" must be a text, got 3'],
  ['{"file":"a","identity":"b"}\n{"file"', 'list:2: this is not valid JSON'],
  ['{"file":"a","identity":"b"}\n[]', 'list:2: expected a JSON object'],
  ['file,identity\na,x\nb,x\na,y', 'list:4: the id "a" was already used on line 2'],
  ['file,identity\na,x\nb,x\n\na,y\na,z', 'list:5: the id "a" was already used on line 2'],
])('%j is refused', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test('any text is read or refused with a RecordError', async () => {
  const piece = fc.constantFrom(
    'file',
    'identity',
    ',',
    '"',
    '\n',
    '\r\n',
    '{',
    '}',
    'a',
    'é',
    ' ',
    '{"file":"x","identity":"y"}',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const result = await read(text).catch((error: unknown) => error);
      return Array.isArray(result) ? result.length > 0 : RecordError.isInstance(result);
    }),
  );
});

const header = 'id,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5';

test('any text of landmarks is read or refused with a RecordError', async () => {
  const fields = fc.array(fc.constantFrom('a', '10', '30.5', '-1', '1e999', 'x', '', '"', '{', '\0'), {
    maxLength: 12,
  });
  const rows = fc
    .array(fields, { maxLength: 3 })
    .map((row) => row.map((cells) => cells.join(',')).join('\n'));
  const texts = fc.oneof(
    fc.string(),
    rows.map((text) => `${header}\n${text}`),
    fc.json(),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const result = await readLandmarks(await put(text)).catch((error: unknown) => error);
      return result instanceof Map || RecordError.isInstance(result);
    }),
  );
});

test('landmarks come as CSV or JSONL, turned heads included', async () => {
  const csv = await readLandmarks(await put(`${header}\na,10,10,30,10,20,20,12,30,28.5,30`));
  expect(csv.get('a')).toEqual([
    [10, 10],
    [30, 10],
    [20, 20],
    [12, 30],
    [28.5, 30],
  ]);
  const line = { id: 'b', x1: 30, y1: 10, x2: 30, y2: 30, x3: 20, y3: 20, x4: 10, y4: 12, x5: 10, y5: 28 };
  const jsonl = await readLandmarks(await put(JSON.stringify(line)));
  expect(jsonl.get('b')![0]).toEqual([30, 10]);
});

test.each([
  [`${header}\na,30,10,10,10,20,20,28,30,12,30`, 'list:2: the points are no face. The order is left eye'],
  [`${header}\na,10,10,30,10,20,20,28,30,12,30`, 'the points are no face'],
  [`${header}\na,10,x,30,10,20,20,12,30,28,30`, 'list:2: "y1" must be a number, got "x"'],
  [`${header}\na,10,,30,10,20,20,12,30,28,30`, '"y1" must be a number, got ""'],
  [
    `${header}\na,10,10,30,10,20,20,12,30,28,30\na,10,10,30,10,20,20,12,30,28,30`,
    'list:3: the id "a" was already used',
  ],
  ['{"id":"a"}', 'list:1: "x1" must be a number, got nothing'],
])('landmarks %j are refused', async (text, message) => {
  await expect(readLandmarks(await put(text))).rejects.toThrow(message);
});

test('every image of a long manifest keeps what its line says, in the order of the ids', async () => {
  const count = 5000;
  const lines = Array.from({ length: count }, (_, i) => ({
    id: i % 7 === 0 ? `${i}.jpg` : `\u{1F600}${(i * 769) % count} \uD800é`,
    identity: `person ${i % 50}`,
    file: `${i}.jpg`,
  }));
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  const sorted = lines.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(await read(text)).toEqual(sorted.map(({ id, identity, file }) => [id, identity, join(root, file)]));
});

test('a long manifest takes little memory: the ids once, and nothing of the lines', async () => {
  const count = 40_000;
  const note = 'x'.repeat(150);
  const lines = Array.from(
    { length: count },
    (_, i) => `images/person_${i % 2000}/image_${i}.jpg,person_${i % 2000},${note}`,
  );
  const file = await put(['file,identity,note', ...lines].join('\n'));
  lines.length = 0;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const { images } = await readManifest(file);
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  expect(images).toHaveLength(count);
  // A million images leave room in 500 MB for sampling and decoding.
  expect(bytes).toBeLessThan(110);
});
