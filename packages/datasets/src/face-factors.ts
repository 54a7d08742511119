import type { Random } from '@ft/random';

/** A colour as red, green and blue in 0..255. */
export type Color = readonly [number, number, number];

/** What makes a drawn person that person. Lengths are in halves of the face's height. */
export interface IdentityFactors {
  readonly skin: Color;
  readonly faceWidth: number;
  readonly jawWidth: number;
  readonly earSize: number;
  readonly eyeDistance: number;
  readonly eyeHeight: number;
  readonly eyeWidth: number;
  readonly eyeOpening: number;
  readonly eyeTilt: number;
  readonly iris: Color;
  readonly browHeight: number;
  readonly browThickness: number;
  readonly browTilt: number;
  readonly noseLength: number;
  readonly noseWidth: number;
  readonly mouthHeight: number;
  readonly mouthWidth: number;
  readonly lipThickness: number;
  readonly lips: Color;
  readonly hair: Color;
  readonly hairStyle: 'bald' | 'short' | 'fringe' | 'side' | 'long';
  readonly hairline: number;
  readonly beard: number;
  readonly moustache: number;
  readonly glasses: 'none' | 'round' | 'square';
  readonly freckles: readonly (readonly [number, number])[];
}

/** What differs between two photographs of one person. */
export interface NuisanceFactors {
  readonly scale: number;
  readonly shiftX: number;
  readonly shiftY: number;
  /** In radians. */
  readonly roll: number;
  /** How far the features move sideways and up, as they do when a head turns. */
  readonly yaw: number;
  readonly pitch: number;
  readonly smile: number;
  readonly mouthOpening: number;
  readonly eyelids: number;
  readonly browRaise: number;
  /** Direction of the light in radians and how much of the brightness depends on it. */
  readonly lightAngle: number;
  readonly lightStrength: number;
  readonly exposure: Color;
  readonly backgroundTop: Color;
  readonly backgroundBottom: Color;
  readonly clothes: Color;
  /** A coloured disc in front of the face, or nothing. */
  readonly occluder:
    | { readonly x: number; readonly y: number; readonly r: number; readonly color: Color }
    | undefined;
  readonly noise: number;
}

const skins: readonly Color[] = [
  [250, 219, 196],
  [236, 188, 154],
  [208, 155, 115],
  [164, 112, 76],
  [112, 73, 48],
];
const hairs: readonly Color[] = [
  [28, 22, 20],
  [70, 44, 28],
  [128, 82, 44],
  [205, 168, 104],
  [150, 62, 28],
  [165, 165, 165],
];
const irises: readonly Color[] = [
  [58, 36, 20],
  [104, 74, 36],
  [76, 112, 72],
  [66, 116, 168],
  [112, 120, 128],
];

/** Draws a person. */
export function drawIdentity(random: Random): IdentityFactors {
  const between = (low: number, high: number) => low + (high - low) * random.next();
  const skinPlace = random.next() * (skins.length - 1);
  const skinBelow = Math.floor(skinPlace);
  const skin = jitter(mix(skins[skinBelow]!, skins[skinBelow + 1]!, skinPlace - skinBelow), 8, random);
  const glasses = random.next();
  return {
    skin,
    faceWidth: between(0.64, 0.86),
    jawWidth: between(0.45, 0.95),
    earSize: between(0.08, 0.2),
    eyeDistance: between(0.25, 0.4),
    eyeHeight: between(-0.26, -0.06),
    eyeWidth: between(0.12, 0.2),
    eyeOpening: between(0.045, 0.1),
    eyeTilt: between(-0.28, 0.28),
    iris: jitter(irises[random.int(irises.length)]!, 12, random),
    browHeight: between(0.12, 0.24),
    browThickness: between(0.015, 0.06),
    browTilt: between(-0.35, 0.25),
    noseLength: between(0.2, 0.42),
    noseWidth: between(0.08, 0.2),
    mouthHeight: between(0.44, 0.62),
    mouthWidth: between(0.17, 0.36),
    lipThickness: between(0.025, 0.085),
    lips: mix(skin, jitter([176, 60, 66], 20, random), between(0.35, 0.8)),
    hair: jitter(hairs[random.int(hairs.length)]!, 14, random),
    hairStyle: (['bald', 'short', 'fringe', 'side', 'long'] as const)[random.int(5)]!,
    hairline: between(-0.78, -0.5),
    beard: random.next() < 0.22 ? between(0.35, 0.9) : 0,
    moustache: random.next() < 0.2 ? between(0.4, 0.95) : 0,
    glasses: glasses < 0.72 ? 'none' : glasses < 0.86 ? 'round' : 'square',
    freckles: Array.from({ length: random.next() < 0.3 ? 6 + random.int(12) : random.int(3) }, () => [
      between(-0.5, 0.5),
      between(-0.05, 0.45),
    ]),
  };
}

/** Draws the circumstances of a photograph; `strength` 0 gives none, 1 the usual ones. */
export function drawNuisance(random: Random, strength: number): NuisanceFactors {
  const about = (center: number, spread: number) => center + spread * strength * (2 * random.next() - 1);
  const exposure = about(1, 0.18);
  const anyColor = (): Color => {
    const grey = 80 + random.int(110);
    const tint = () => grey + 70 * (random.next() - 0.5);
    return [tint(), tint(), tint()];
  };
  const background = anyColor();
  const occluder = {
    x: 1.4 * (2 * random.next() - 1),
    y: 1.4 * (2 * random.next() - 1),
    r: 0.3 + 0.3 * random.next(),
    color: anyColor(),
  };
  const occluded = random.next() < 0.35 * strength;
  return {
    scale: about(1, 0.08),
    shiftX: about(0, 0.06),
    shiftY: about(0, 0.05),
    roll: about(0, 0.16),
    yaw: about(0, 0.15),
    pitch: about(0, 0.08),
    smile: about(0.1, 0.4),
    mouthOpening: Math.max(0, about(-0.2, 1)),
    eyelids: about(1, 0.3),
    browRaise: about(0, 0.04),
    lightAngle: 2 * Math.PI * random.next(),
    lightStrength: 0.1 + 0.3 * strength * random.next(),
    exposure: [exposure * about(1, 0.1), exposure * about(1, 0.05), exposure * about(1, 0.1)],
    backgroundTop: background,
    backgroundBottom: jitter(background, 40, random),
    clothes: anyColor(),
    occluder: occluded ? occluder : undefined,
    noise: 6 * strength * random.next(),
  };
}

/** The colour a share `t` of the way from `a` to `b`. */
export function mix(a: Color, b: Color, t: number): Color {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

function jitter([r, g, b]: Color, spread: number, random: Random): Color {
  const moved = (value: number) => value + spread * (2 * random.next() - 1);
  return [moved(r), moved(g), moved(b)];
}
