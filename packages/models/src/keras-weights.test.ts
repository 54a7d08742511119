import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import * as h5 from 'h5wasm/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readKerasWeights } from './index.ts';

let folder: string;
let weights: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ft-keras-'));
  weights = join(folder, 'model.weights.h5');
  await h5.ready;
  // As Keras 3 lays it out.
  const file = new h5.File(weights, 'w');
  const conv = file.create_group('layers').create_group('conv2d').create_group('vars');
  conv.create_dataset({ name: '0', data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 1, 3, 2] });
  conv.create_dataset({ name: '1', data: Float64Array.of(0.5, -0.5), shape: [2] });
  file.create_group('optimizer').create_dataset({ name: 'iteration', data: Int32Array.of(7), shape: [1] });
  file.create_dataset({ name: 'note', data: 'not a weight' });
  file.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** A zip archive with one member, deflated. */
function zip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const member = Buffer.alloc(30 - 4);
  member.writeUInt16LE(20, 0);
  member.writeUInt16LE(8, 4);
  member.writeUInt32LE(crc32(content), 10);
  member.writeUInt32LE(packed.length, 14);
  member.writeUInt32LE(content.length, 18);
  member.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), member, Buffer.from(name), packed]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    Buffer.of(20, 0),
    member,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

test('HDF5 weights come by their path, from the file and from a .keras archive', async () => {
  const expected = new Map([
    ['layers/conv2d/vars/0', { shape: [1, 1, 3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['layers/conv2d/vars/1', { shape: [2], data: Float32Array.of(0.5, -0.5) }],
    ['optimizer/iteration', { shape: [1], data: Int32Array.of(7) }],
  ]);
  expect(await readKerasWeights(weights)).toEqual(expected);
  const archive = join(folder, 'model.keras');
  await writeFile(archive, zip('model.weights.h5', await readFile(weights)));
  expect(await readKerasWeights(archive)).toEqual(expected);
});

test('missing, cut and foreign files are refused by name', async () => {
  const bytes = await readFile(weights);
  const broken = async (name: string, content: Uint8Array) => {
    await writeFile(join(folder, name), content);
    return readKerasWeights(join(folder, name));
  };
  await expect(broken('cut.h5', bytes.subarray(0, bytes.length / 2))).rejects.toThrow(
    /cut\.h5 is not a readable HDF5 file\. Restore it from a copy\./,
  );
  const archive = zip('model.weights.h5', bytes);
  await expect(broken('cut.keras', archive.subarray(0, 500))).rejects.toThrow(
    /cut\.keras is neither an HDF5 file nor a \.keras archive/,
  );
  await expect(broken('other.keras', zip('config.json', Buffer.from('{}')))).rejects.toThrow(
    'neither an HDF5 file nor a .keras archive with model.weights.h5',
  );
  await expect(readKerasWeights(join(folder, 'none.h5'))).rejects.toThrow('cannot be read (ENOENT)');
});
