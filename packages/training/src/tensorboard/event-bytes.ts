import { crc32c } from './crc32c.ts';

/** An event of TensorBoard's log: when, at which step, and what. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly seconds: number;
  readonly step: number;
  /** Numbers by tag. */
  readonly scalars?: ReadonlyMap<string, number>;
  /** The first event of a file. */
  readonly fileVersion?: string;
  /** Drops what earlier files of the folder say about this step and later ones. */
  readonly restart?: boolean;
}

// Protocol buffer fields of tensorflow/core/util/event.proto and framework/summary.proto.
const EVENT = { seconds: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 };
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2 };
const SESSION_STATUS = { field: 1, start: 1 };

/** A record of an event file: its length, the event as a protocol buffer, and masked checksums of both. */
export function eventBytes(event: TensorBoardEvent): Uint8Array {
  const data = encodeEvent(event);
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** TFRecord files hold checksums turned and shifted, for a checksum of data with checksums in it is a poor one. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function encodeEvent({ seconds, step, scalars, fileVersion, restart }: TensorBoardEvent): Uint8Array {
  const bytes: number[] = [];
  number64(bytes, EVENT.seconds, seconds);
  varint(bytes, EVENT.step << 3);
  varint(bytes, step);
  if (fileVersion !== undefined) message(bytes, EVENT.fileVersion, text(fileVersion));
  if (restart === true) message(bytes, EVENT.sessionLog, [SESSION_STATUS.field << 3, SESSION_STATUS.start]);
  if (scalars !== undefined) {
    const summary: number[] = [];
    for (const [tag, value] of scalars) {
      const entry: number[] = [];
      message(entry, VALUE.tag, text(tag));
      number32(entry, VALUE.simpleValue, value);
      message(summary, SUMMARY_VALUE, entry);
    }
    message(bytes, EVENT.summary, summary);
  }
  return Uint8Array.from(bytes);
}

const text = (value: string): number[] => [...new TextEncoder().encode(value)];

function varint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
}

function message(bytes: number[], field: number, content: readonly number[]): void {
  bytes.push((field << 3) | 2);
  varint(bytes, content.length);
  for (const byte of content) bytes.push(byte);
}

function number64(bytes: number[], field: number, value: number): void {
  bytes.push((field << 3) | 1, ...new Uint8Array(Float64Array.of(value).buffer));
}

function number32(bytes: number[], field: number, value: number): void {
  bytes.push((field << 3) | 5, ...new Uint8Array(Float32Array.of(value).buffer));
}
