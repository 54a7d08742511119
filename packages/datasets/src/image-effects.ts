import type { Random } from '@ft/random';
import type { Frame } from './frame.ts';
import { resampleSquare } from './resample-square.ts';
import { warpSquare } from './warp-square.ts';

/** Turns a square image by up to `degrees` and scales it by 1 - zoom to 1 + zoom about its middle; edges repeat. */
export function turnAndZoom(image: Frame, degrees: number, zoom: number, random: Random): Uint8Array {
  const angle = (degrees * (2 * random.next() - 1) * Math.PI) / 180;
  const scale = 1 + zoom * (2 * random.next() - 1);
  const a = scale * Math.cos(angle);
  const b = scale * Math.sin(angle);
  const middle = image.width / 2;
  const placement = { a, b, x0: middle - a * middle + b * middle, y0: middle - b * middle - a * middle };
  return warpSquare(image, placement, image.width, 'repeat');
}

/** Scales a square image down by a factor drawn from 1 to `factor`, and up again. */
export function lowerResolution(image: Frame, factor: number, random: Random): Uint8Array {
  const small = Math.max(1, Math.round(image.width / (1 + (factor - 1) * random.next())));
  const whole = { left: 0, top: 0, side: image.width };
  const data = resampleSquare(image, whole, small);
  const shrunk = { data, height: small, width: small, shrink: 1 };
  return resampleSquare(shrunk, { left: 0, top: 0, side: small }, image.width);
}

/** Replaces each pixel's colours by its luma (ITU-R BT.601). */
export function turnGrey({ data }: Frame): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const luma = (77 * data[i]! + 150 * data[i + 1]! + 29 * data[i + 2]! + 128) >> 8;
    out[i] = luma;
    out[i + 1] = luma;
    out[i + 2] = luma;
  }
  return out;
}

/** Smooths with the weights 1 4 6 4 1 in both directions, nearly a Gaussian of one pixel; edges repeat. */
export function blurImage({ data, height, width }: Frame): Uint8Array {
  const across = new Uint16Array(data.length);
  const out = new Uint8Array(data.length);
  const row = width * 3;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const x1 = Math.max(0, x - 1) * 3;
      const x2 = Math.max(0, x - 2) * 3;
      const x3 = Math.min(width - 1, x + 1) * 3;
      const x4 = Math.min(width - 1, x + 2) * 3;
      for (let c = y * row, at = c + x * 3, end = c + 3; c < end; c++, at++) {
        across[at] = data[c + x2]! + data[c + x4]! + 4 * (data[c + x1]! + data[c + x3]!) + 6 * data[at]!;
      }
    }
  }
  for (let y = 0; y < height; y++) {
    const y1 = Math.max(0, y - 1) * row;
    const y2 = Math.max(0, y - 2) * row;
    const y3 = Math.min(height - 1, y + 1) * row;
    const y4 = Math.min(height - 1, y + 2) * row;
    for (let i = 0, at = y * row; i < row; i++, at++) {
      const sum =
        across[y2 + i]! + across[y4 + i]! + 4 * (across[y1 + i]! + across[y3 + i]!) + 6 * across[at]!;
      out[at] = (sum + 128) >> 8;
    }
  }
  return out;
}

/** Paints a grey square with a side of up to `share` of the width over a random place of an image, in place. */
export function cutOut({ data, height, width }: Frame, share: number, random: Random): void {
  const side = Math.round(width * share * random.next());
  const left = random.int(width) - (side >> 1);
  const top = random.int(height) - (side >> 1);
  const from = Math.max(0, left);
  const to = Math.min(width, left + side);
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
    data.fill(128, (y * width + from) * 3, (y * width + Math.max(from, to)) * 3);
  }
}
