import { DamagedImageError } from './damaged-image-error.ts';
import type { Frame } from './frame.ts';
import { plainJpegSize } from './plain-jpeg-size.ts';

/** Images above this many pixels are refused before they are decoded. */
const pixelLimit = 20_000 * 20_000;
/** Above this many pixels even a plain JPEG goes to sharp, which needs no memory for all of it. */
const plainPixelLimit = 4_000_000;

/** How many source pixels one decoded pixel may stand for, given the size of the source. */
export type ShrinkFor = (width: number, height: number) => number;

/**
 * Decodes a whole image to RGB bytes, upright.
 *
 * The EXIF orientation is applied, colours are converted to sRGB, transparency is laid on black, and of an
 * animation the first frame is taken. Plain JPEGs are decoded by `@julusian/jpeg-turbo` where it is
 * installed, three times as fast as by sharp and without leaving the thread; whatever that refuses is left to sharp.
 *
 * @param bytes the file's content
 * @param file its name, for messages
 * @param shrinkFor from 1; called with the upright size before pixels are decoded
 * @throws DamagedImageError where the bytes are no complete image
 */
export async function decodeFrame(bytes: Buffer, file: string, shrinkFor: ShrinkFor): Promise<Frame> {
  const plain = plainJpegSize(bytes);
  if (
    plain !== undefined &&
    plain.width * plain.height <= plainPixelLimit &&
    shrinkFor(plain.width, plain.height) < 2
  ) {
    const turbo = await loadTurbo();
    const data = borrowBytes(plain.width * plain.height * 3);
    if (turbo !== undefined && decompress(turbo, bytes, data)) return { ...plain, data, shrink: 1 };
    returnBytes(data);
  }
  return decodeWithSharp(bytes, file, shrinkFor);
}

/** Did the whole image fit into `into`? A damaged one makes the addon throw. */
function decompress(turbo: Turbo, bytes: Buffer, into: Buffer): boolean {
  try {
    return turbo.decompressSync(bytes, into, { format: turbo.FORMAT_RGB }).size === into.length;
  } catch {
    return false;
  }
}

/** Hands a frame's memory back for the next one; the frame must not be used any more. */
export function recycleFrame({ data }: Frame): void {
  returnBytes(data);
}

// Fresh memory for every image would be cleared first and collected later, which takes longer than resampling.
const spareBytes: Uint8Array[] = [];
const mostSpare = 16;
/** Larger ones are rare, and keeping them would hold on to much memory. */
const largestSpare = 2 ** 20;

function borrowBytes(length: number): Buffer {
  const fit = spareBytes.findIndex((bytes) => bytes.length === length);
  const found = fit < 0 ? undefined : spareBytes.splice(fit, 1)[0];
  return found === undefined
    ? Buffer.allocUnsafeSlow(length)
    : Buffer.from(found.buffer, found.byteOffset, length);
}

function returnBytes(bytes: Uint8Array): void {
  if (bytes.length > largestSpare) return;
  if (spareBytes.length === mostSpare) spareBytes.shift();
  spareBytes.push(bytes);
}

async function decodeWithSharp(bytes: Buffer, file: string, shrinkFor: ShrinkFor): Promise<Frame> {
  const sharp = await loadSharp();
  try {
    const image = sharp(bytes, { failOn: 'truncated', limitInputPixels: pixelLimit });
    const { width, height } = (await image.metadata()).autoOrient;
    const shrink = shrinkFor(width, height);
    image.autoOrient().flatten().toColourspace('srgb');
    if (shrink >= 2) image.resize(Math.ceil(width / shrink), Math.ceil(height / shrink), { fit: 'fill' });
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, shrink: width / info.width };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new DamagedImageError(file, reason, { cause });
  }
}

/** The names of the decoders at work; other decoders may give bytes that differ by a few units. */
export async function decoderNames(): Promise<string> {
  return (await loadTurbo()) === undefined ? 'sharp' : 'jpeg-turbo, sharp';
}

type Turbo = typeof import('@julusian/jpeg-turbo');
let turboLoaded: Promise<Turbo | undefined> | undefined;

function loadTurbo(): Promise<Turbo | undefined> {
  turboLoaded ??= import('@julusian/jpeg-turbo').then(
    (module) => (module as unknown as { default: Turbo }).default,
    () => undefined,
  );
  return turboLoaded;
}

let sharpLoaded: Promise<typeof import('sharp').default> | undefined;

/** Loads sharp when it is first needed. */
export function loadSharp(): Promise<typeof import('sharp').default> {
  sharpLoaded ??= import('sharp').then(({ default: sharp }) => {
    // One thread a pipeline and several pipelines use the cores better than the reverse.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return sharpLoaded;
}
