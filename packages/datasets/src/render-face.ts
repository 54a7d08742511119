import type { Random } from '@ft/random';
import { bent, box, cut, ellipse, faceOutline, grown, rotated, type Shape } from './face-shapes.ts';
import { type Color, type IdentityFactors, mix, type NuisanceFactors } from './face-factors.ts';

/**
 * Draws a face into `pixels` (RGB bytes [size, size, 3]).
 *
 * Coordinates: (0, 0) is the middle of the face, u grows to the right, v downwards, the face is 2 high.
 */
export function renderFace(
  pixels: Uint8Array | Uint8ClampedArray,
  size: number,
  person: IdentityFactors,
  photo: NuisanceFactors,
  random: Random,
): void {
  const count = size * size;
  const headU = new Float32Array(count);
  const headV = new Float32Array(count);
  const featureU = new Float32Array(count);
  const featureV = new Float32Array(count);
  const red = new Float32Array(count);
  const green = new Float32Array(count);
  const blue = new Float32Array(count);

  const perPixel = 2.7 / (size * photo.scale);
  const cos = Math.cos(photo.roll) * perPixel;
  const sin = Math.sin(photo.roll) * perPixel;
  for (let y = 0, i = 0; y < size; y++) {
    const dy = y + 0.5 - size * (0.5 + photo.shiftY);
    const { 0: r, 1: g, 2: b } = mix(photo.backgroundTop, photo.backgroundBottom, y / size);
    for (let x = 0; x < size; x++, i++) {
      const dx = x + 0.5 - size * (0.5 + photo.shiftX);
      const u = cos * dx + sin * dy;
      const v = cos * dy - sin * dx;
      headU[i] = u;
      headV[i] = v;
      // Features sit on the front of a round head: turning it moves them most in the middle.
      const depth = Math.max(0, 1 - (u / person.faceWidth) ** 2 - v * v);
      featureU[i] = u - photo.yaw * depth * 1.6;
      featureV[i] = v - photo.pitch * depth * 1.6;
      red[i] = r;
      green[i] = g;
      blue[i] = b;
    }
  }

  // Where (0, 0) lies in pixels, and how far features may move away from where the head has them.
  const centerX = size * (0.5 + photo.shiftX);
  const centerY = size * (0.5 + photo.shiftY);
  const play = 1.6 * (Math.abs(photo.yaw) + Math.abs(photo.pitch));
  const scaleSquared = perPixel * perPixel;

  function paint(
    us: Float32Array,
    vs: Float32Array,
    shape: Shape,
    color: Color,
    opacity: number,
    soft: number,
  ): void {
    const { u, v, radius, distance } = shape;
    const edge = perPixel * soft;
    const x = centerX + (cos * u - sin * v) / scaleSquared;
    const y = centerY + (sin * u + cos * v) / scaleSquared;
    const reach = (radius + play + edge) / perPixel;
    const right = Math.min(size, Math.ceil(x + reach));
    const bottom = Math.min(size, Math.ceil(y + reach));
    for (let row = Math.max(0, Math.floor(y - reach)); row < bottom; row++) {
      for (let column = Math.max(0, Math.floor(x - reach)); column < right; column++) {
        const i = row * size + column;
        const cover = 0.5 - distance(us[i]!, vs[i]!) / edge;
        if (cover <= 0) continue;
        const alpha = (cover < 1 ? cover : 1) * opacity;
        red[i]! += (color[0] - red[i]!) * alpha;
        green[i]! += (color[1] - green[i]!) * alpha;
        blue[i]! += (color[2] - blue[i]!) * alpha;
      }
    }
  }
  const head: Painter = (shape, color, opacity = 1, soft = 1) =>
    paint(headU, headV, shape, color, opacity, soft);
  const feature: Painter = (shape, color, opacity = 1, soft = 1) =>
    paint(featureU, featureV, shape, color, opacity, soft);

  paintHead(person, photo, head);
  paintFeatures(person, photo, feature);
  if (photo.occluder !== undefined) {
    const { x, y, r, color } = photo.occluder;
    head(ellipse(x, y, r, r * 1.3), color);
  }
  expose(pixels, headU, headV, [red, green, blue], person, photo, random);
}

type Painter = (shape: Shape, color: Color, opacity?: number, soft?: number) => void;

const black: Color = [18, 14, 12];

function paintHead(person: IdentityFactors, photo: NuisanceFactors, head: Painter): void {
  const { faceWidth, skin, hair, hairStyle, hairline } = person;
  const outline = faceOutline(person);
  const shade = mix(skin, black, 0.25);
  if (hairStyle === 'long') head(ellipse(0, 0.1, faceWidth + 0.2, 1.2), hair);
  else if (hairStyle !== 'bald') head(ellipse(0, -0.3, faceWidth + 0.1, 0.86), hair);
  head(ellipse(0, 1.75, 1.15, 0.62), photo.clothes);
  head(box(0, 1.05, 0.3, 0.4), shade);
  if (hairStyle !== 'long') {
    for (const side of [-1, 1]) {
      head(ellipse(side * faceWidth * 0.98, -0.02, person.earSize * 0.7, person.earSize), shade);
    }
  }
  head(outline, skin);
  if (person.beard > 0) {
    const top = person.mouthHeight - 0.22;
    const beard = cut(outline, (u, v) => top - v + 0.25 * (1 - Math.abs(u) / faceWidth));
    head(beard, hair, person.beard, 4);
  }
  if (hairStyle === 'bald') return;
  const slope = hairStyle === 'side' ? 0.45 : 0;
  const fringe = hairStyle === 'fringe' ? 0.22 : 0;
  const curve = hairStyle === 'fringe' ? 0.1 : 0.55;
  const cap = cut(grown(outline, 0.06), (u, v) => v - (hairline + fringe + slope * u + curve * u * u));
  head(cap, hair, 1, 1.5);
}

function paintFeatures(person: IdentityFactors, photo: NuisanceFactors, feature: Painter): void {
  paintEyes(person, photo, feature);
  const { skin, hair, eyeHeight, eyeDistance, mouthHeight, mouthWidth, lipThickness } = person;
  const shade = mix(skin, black, 0.3);
  const noseTip = eyeHeight + 0.1 + person.noseLength;
  feature(box(0.03, (eyeHeight + noseTip) / 2, 0.03, (noseTip - eyeHeight) / 2), shade, 0.35, 3);
  feature(ellipse(0, noseTip, person.noseWidth, 0.07), shade, 0.5, 2.5);
  for (const side of [-1, 1]) {
    feature(ellipse(side * person.noseWidth * 0.5, noseTip + 0.03, 0.028, 0.018), black, 0.75);
  }
  for (const [u, v] of person.freckles) feature(ellipse(u, v, 0.018, 0.018), mix(skin, [110, 60, 30], 0.55));

  if (person.moustache > 0) {
    const y = (noseTip + mouthHeight) / 2 + 0.02;
    feature(bent(0, y, 0.35, ellipse(0, 0, mouthWidth * 1.05, 0.055)), hair, person.moustache, 1.5);
  }
  const bend = -photo.smile;
  const gap = 0.07 * photo.mouthOpening;
  const lips = ellipse(0, 0, mouthWidth * (1 + 0.3 * photo.smile), lipThickness + gap);
  feature(bent(0, mouthHeight, bend, lips), person.lips);
  feature(bent(0, mouthHeight, bend, ellipse(0, 0, mouthWidth * 0.9, 0.008 + gap)), [70, 24, 26]);

  if (person.glasses === 'none') return;
  const lens = person.glasses === 'round' ? ellipse(0, 0, 0.2, 0.19) : box(0, 0, 0.2, 0.13);
  const rim = {
    ...lens,
    radius: 0.3,
    distance: (u: number, v: number) => Math.abs(lens.distance(u, v)) - 0.025,
  };
  for (const side of [-1, 1]) feature(rotated(side * Math.max(eyeDistance, 0.24), eyeHeight, 0, rim), black);
  feature(box(0, eyeHeight - 0.02, Math.max(0.01, eyeDistance - 0.2), 0.015), black);
}

function paintEyes(person: IdentityFactors, photo: NuisanceFactors, feature: Painter): void {
  const { skin, eyeHeight, eyeWidth, browThickness } = person;
  const shade = mix(skin, black, 0.3);
  const opening = Math.max(0.008, person.eyeOpening * photo.eyelids);
  const browHeight = eyeHeight - person.browHeight - photo.browRaise;
  const browColor = mix(person.hair, black, 0.35);
  for (const side of [-1, 1]) {
    const x = side * person.eyeDistance;
    const tilt = side * person.eyeTilt;
    feature(rotated(x, eyeHeight, tilt, ellipse(0, 0, eyeWidth * 1.15, opening * 1.45)), shade, 0.6, 2);
    const eye = rotated(x, eyeHeight, tilt, ellipse(0, 0, eyeWidth, opening));
    feature(eye, [240, 238, 232]);
    feature(cut(ellipse(x, eyeHeight, 0.065, 0.065), eye.distance), person.iris);
    feature(cut(ellipse(x, eyeHeight, 0.03, 0.03), eye.distance), black);
    const brow = ellipse(0, 0, eyeWidth * 1.3, browThickness);
    feature(rotated(x, browHeight, side * person.browTilt, brow), browColor);
  }
}

/** Light, exposure, noise, and the step to bytes. */
function expose(
  pixels: Uint8Array | Uint8ClampedArray,
  us: Float32Array,
  vs: Float32Array,
  [red, green, blue]: readonly [Float32Array, Float32Array, Float32Array],
  person: IdentityFactors,
  photo: NuisanceFactors,
  random: Random,
): void {
  const lightU = Math.cos(photo.lightAngle) * photo.lightStrength;
  const lightV = Math.sin(photo.lightAngle) * photo.lightStrength;
  const store = (index: number, value: number) => {
    pixels[index] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
  };
  for (let i = 0; i < red.length; i++) {
    const u = Math.max(-1.2, Math.min(1.2, us[i]! / person.faceWidth));
    const v = Math.max(-1.2, Math.min(1.2, vs[i]!));
    const light = 1 + lightU * u + lightV * v - 0.12 * (u * u + v * v);
    // The sum of three uniform numbers is near enough to normal, with a standard deviation of one half.
    const grain = photo.noise * 2 * (random.next() + random.next() + random.next() - 1.5);
    store(i * 3, red[i]! * photo.exposure[0] * light + grain);
    store(i * 3 + 1, green[i]! * photo.exposure[1] * light + grain);
    store(i * 3 + 2, blue[i]! * photo.exposure[2] * light + grain);
  }
}
