import type { IdentityFactors } from './face-factors.ts';

/** Signed distance to a shape's edge, negative inside, in the units of u and v. */
export type Distance = (u: number, v: number) => number;

/** A shape, all of it within `radius` of (u, v), so that only those pixels are visited. */
export interface Shape {
  readonly u: number;
  readonly v: number;
  readonly radius: number;
  readonly distance: Distance;
}

/** An ellipse above, a narrower or wider jaw below. */
export function faceOutline({ faceWidth, jawWidth }: IdentityFactors): Shape {
  const distance: Distance = (u, v) => {
    const width = v <= 0 ? faceWidth : faceWidth * (1 - (1 - jawWidth) * 0.45 * v);
    const p = u / width;
    return (Math.sqrt(p * p + v * v) - 1) * width;
  };
  return { u: 0, v: 0, radius: 1, distance };
}

export function ellipse(x: number, y: number, a: number, b: number): Shape {
  const scale = Math.min(a, b);
  const distance: Distance = (u, v) => {
    const p = (u - x) / a;
    const q = (v - y) / b;
    return (Math.sqrt(p * p + q * q) - 1) * scale;
  };
  // Far from round, the distance is small well outside the shape: leave room for a soft edge.
  return { u: x, v: y, radius: Math.max(a, b) * 1.5, distance };
}

export function box(x: number, y: number, a: number, b: number): Shape {
  const distance: Distance = (u, v) => Math.max(Math.abs(u - x) - a, Math.abs(v - y) - b);
  return { u: x, v: y, radius: Math.hypot(a, b), distance };
}

/** A shape around (0, 0), turned and moved to (x, y). */
export function rotated(x: number, y: number, angle: number, { radius, distance }: Shape): Shape {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const turned: Distance = (u, v) => distance(cos * (u - x) + sin * (v - y), cos * (v - y) - sin * (u - x));
  return { u: x, v: y, radius, distance: turned };
}

/** A shape around (0, 0), moved to (x, y), its ends bent down (`bend` above 0) or up. */
export function bent(x: number, y: number, bend: number, { radius, distance }: Shape): Shape {
  const curved: Distance = (u, v) => distance(u - x, v - y - bend * (u - x) * (u - x) * 2);
  return { u: x, v: y, radius: radius * 1.2, distance: curved };
}

/** The part of a shape that lies inside another. */
export function cut(shape: Shape, other: Distance): Shape {
  return { ...shape, distance: (u, v) => Math.max(shape.distance(u, v), other(u, v)) };
}

/** A shape with its edge moved outwards. */
export function grown(shape: Shape, by: number): Shape {
  return { ...shape, radius: shape.radius + by, distance: (u, v) => shape.distance(u, v) - by };
}
