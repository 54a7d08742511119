import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TensorBoardError, tensorBoardWriter } from '../index.ts';
import { crc32c } from './crc32c.ts';
import { eventBytes } from './event-bytes.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ft-tensorboard-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** CRC-32C bit by bit, from its definition. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  return Number(crc ^ 0xffffffffn);
}

test('the checksum is that of RFC 3720', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(crc32c(bytes)).toBe(slowCrc(bytes));
    }),
  );
});

type Fields = Map<number, (bigint | Uint8Array)[]>;

/** Any protocol buffer, field by field; fixed-size numbers stay bytes. */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => bytes.slice(at, (at += length));
  while (at < bytes.length) {
    const key = Number(varint());
    const read = [varint, () => take(8), () => take(Number(varint())), undefined, undefined, () => take(4)];
    const value = read[key & 7]!();
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

const mask = (crc: number) =>
  Number((((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) + 0xa282ead8n) & 0xffffffffn);

/** The events of a file, after both checksums of every record. */
function eventsOf(file: Uint8Array) {
  const bytes = Uint8Array.from(file);
  const view = new DataView(bytes.buffer);
  const events = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(mask(slowCrc(bytes.subarray(at, at + 8))));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(mask(slowCrc(data)));
    events.push(fieldsOf(data));
    at += length + 16;
  }
  return events;
}

const decode = (value: unknown) => new TextDecoder().decode(value as Uint8Array);
const float = (value: unknown) => new Float32Array((value as Uint8Array<ArrayBuffer>).buffer)[0];

function scalarsOf(event: Fields): Record<string, number | undefined> {
  const summary = fieldsOf(event.get(5)![0] as Uint8Array);
  const values = summary.get(1)!.map((value) => fieldsOf(value as Uint8Array));
  return Object.fromEntries(values.map((value) => [decode(value.get(1)![0]), float(value.get(2)![0])]));
}

test('an independent parser reads back what was written', async () => {
  const writer = tensorBoardWriter(join(directory, 'run'));
  writer.scalars(1, { loss: 0.5, 'validation/größe': -3e8 });
  writer.scalars(300_000_000_000, { loss: Infinity, spread: Number.NaN });
  writer.scalars(4, { spread: Number.NaN });
  writer.close();
  const [version, first, second, ...rest] = eventsOf(await readFile(writer.file));
  expect(decode(version!.get(3)![0])).toBe('brain.Event:2');
  expect(first!.get(2)).toEqual([1n]);
  const seconds = new Float64Array((first!.get(1)![0] as Uint8Array<ArrayBuffer>).buffer)[0]!;
  expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
  expect(scalarsOf(first!)).toEqual({ loss: 0.5, 'validation/größe': Math.fround(-3e8) });
  expect(second!.get(2)).toEqual([300_000_000_000n]);
  expect(scalarsOf(second!)).toEqual({ loss: Infinity });
  expect(rest).toEqual([]);
});

test('a resumed run says from where on earlier files do not count', async () => {
  const writer = tensorBoardWriter(directory, { resumedAt: 20 });
  writer.close();
  const [, restart] = eventsOf(await readFile(writer.file));
  expect(restart!.get(2)).toEqual([21n]);
  expect(fieldsOf(restart!.get(7)![0] as Uint8Array).get(1)).toEqual([1n]);
});

test('steps of any size survive', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (step) => {
      const [event] = eventsOf(eventBytes({ seconds: 1, step }));
      expect(event!.get(2)).toEqual([BigInt(step)]);
    }),
  );
});

test('a folder that cannot be made is named', async () => {
  await writeFile(join(directory, 'file'), '');
  expect(() => tensorBoardWriter(join(directory, 'file'))).toThrow(TensorBoardError);
});
