import { InvalidArgumentError } from '@ft/errors';
import { Relation, type PairRelation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import type { LossTerms } from './reduction.ts';
import { relationFromPairs } from './relation-from-pairs.ts';
import { isPairs, type PairSelection } from './selection.ts';

/** A checked relation, with what the losses ask of it. */
export interface RelationView {
  readonly relation: PairRelation;
  readonly shape: readonly [number, number];
  /** How many positives every anchor has, [anchors]. */
  readonly positives: Int32Array;
  /** How many negatives every anchor has, [anchors]. */
  readonly negatives: Int32Array;
  /** How many there are in all. */
  readonly total: { readonly positive: number; readonly negative: number };
}

/** Reads a selection for a matrix; a list of pairs becomes the relation of these pairs, each once. */
export function viewRelation(where: string, selection: PairSelection, matrix: tf.Tensor2D): RelationView {
  const { shape, size } = matrix;
  const relation = isPairs(selection) ? relationFromPairs(selection, ...shape) : selection;
  if (!(relation instanceof Uint8Array) || relation.length !== size) {
    throw new InvalidArgumentError({
      where,
      argument: 'selection',
      expected: `a list of pairs, or a Uint8Array with one Relation value for each of the ${size} cells of the matrix`,
      got: relation,
      remedy: 'relationFromLabels makes one.',
    });
  }
  const [rows, columns] = shape;
  const positives = new Int32Array(rows);
  const negatives = new Int32Array(rows);
  const total = { positive: 0, negative: 0 };
  const countRow = rowCounter(relation, columns);
  for (let row = 0; row < rows; row++) {
    const { positive, negative, unknown } = countRow(row);
    if (unknown !== 0) unknownValue(where, relation, row * columns);
    positives[row] = positive;
    negatives[row] = negative;
    total.positive += positive;
    total.negative += negative;
  }
  return { relation, shape, positives, negatives, total };
}

interface RowCount {
  readonly positive: number;
  readonly negative: number;
  /** Not 0 where a value is none of a relation. */
  readonly unknown: number;
}

/** Counts a row by the bits of Relation.positive, 1, and Relation.negative, 2: four values at a time where they lie so. */
function rowCounter(relation: PairRelation, columns: number): (row: number) => RowCount {
  if (columns % 4 === 0 && relation.byteOffset % 4 === 0) {
    const words = new Uint32Array(relation.buffer, relation.byteOffset, relation.length / 4);
    return (row) => countWords(words, (row * columns) / 4, ((row + 1) * columns) / 4);
  }
  return (row) => countValues(relation, row * columns, (row + 1) * columns);
}

function countValues(relation: PairRelation, from: number, to: number): RowCount {
  let positive = 0;
  let negative = 0;
  let unknown = 0;
  for (let cell = from; cell < to; cell++) {
    const value = relation[cell]!;
    positive += value & 1;
    negative += value >> 1;
    unknown |= (value & (value >> 1)) | (value >> 2);
  }
  return { positive, negative, unknown };
}

function countWords(words: Uint32Array, from: number, to: number): RowCount {
  const ones = 0x01010101;
  let positive = 0;
  let negative = 0;
  let unknown = 0;
  for (let start = from; start < to;) {
    // A byte counts to 255.
    const end = Math.min(to, start + 255);
    let ofPositives = 0;
    let ofNegatives = 0;
    for (; start < end; start++) {
      const word = words[start]!;
      ofPositives += word & ones;
      ofNegatives += (word >>> 1) & ones;
      unknown |= (word & ~(3 * ones)) | (word & (word >>> 1) & ones);
    }
    positive += sumOfBytes(ofPositives);
    negative += sumOfBytes(ofNegatives);
  }
  return { positive, negative, unknown };
}

const sumOfBytes = (word: number) =>
  (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);

function unknownValue(where: string, relation: PairRelation, from: number): never {
  let cell = from;
  while (relation[cell]! <= Relation.negative) cell++;
  throw new InvalidArgumentError({
    where,
    argument: `selection[${cell}]`,
    expected: '0 (none), 1 (positive) or 2 (negative)',
    got: relation[cell],
  });
}

/** A matrix with one number for every kind of cell. */
export function fillCells(
  { relation, shape }: RelationView,
  values: { none?: number; positive?: number; negative?: number },
): tf.Tensor2D {
  const table = Float32Array.of(values.none ?? 0, values.positive ?? 0, values.negative ?? 0);
  const cells = new Float32Array(relation.length);
  for (let i = 0; i < cells.length; i++) cells[i] = table[relation[i]!]!;
  return tf.tensor2d(cells, shape as [number, number]);
}

/** 1 for every anchor that has what is asked for, [anchors]. */
export function anchorsWith(
  { positives, negatives }: RelationView,
  ...needs: ('positive' | 'negative')[]
): Uint8Array {
  return Uint8Array.from(positives, (_, row) =>
    Number(
      (!needs.includes('positive') || positives[row]! > 0) &&
        (!needs.includes('negative') || negatives[row]! > 0),
    ),
  );
}

/** The terms of a loss that has one value an anchor, [anchors, 1]; absent anchors get 0. */
export function anchorTerms(values: tf.Tensor, present: Uint8Array): LossTerms {
  const count = present.reduce((sum, n) => sum + n, 0);
  const mask = () => tf.tensor(Float32Array.from(present), values.shape);
  return {
    values: count === present.length ? values : tf.mul(values, mask()),
    count,
    present: () => present,
    anchors: () => Int32Array.from(present, (_, row) => row),
    anchorCount: present.length,
  };
}

/** The terms of a loss that has one value for every cell of some kinds; the other cells hold 0. */
export function cellTerms(
  values: tf.Tensor,
  view: RelationView,
  ...kinds: ('positive' | 'negative')[]
): LossTerms {
  const [rows, columns] = view.shape;
  const counted = kinds.map((kind) => Relation[kind]);
  return {
    values,
    count: kinds.reduce((sum, kind) => sum + view.total[kind], 0),
    present: () => view.relation.map((value) => Number((counted as number[]).includes(value))),
    anchors: () => {
      const result = new Int32Array(rows * columns);
      for (let row = 0; row < rows; row++) result.fill(row, row * columns, (row + 1) * columns);
      return result;
    },
    anchorCount: rows,
  };
}
