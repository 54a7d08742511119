import { InvalidArgumentError } from '@ft/errors';
import type { Enrolment, GalleryNetwork } from './gallery.ts';

/** Refuses entries that cannot be enrolled. */
export function checkEntries(entries: readonly Enrolment[], network: GalleryNetwork): void {
  for (const [i, { person, image, embedding }] of entries.entries()) {
    checkName(`entries[${i}].person`, person);
    checkName(`entries[${i}].image`, image);
    checkEmbedding('enroll', `entries[${i}].embedding`, embedding, network);
  }
}

function checkName(argument: string, name: string): void {
  // PostgreSQL's texts cannot hold the character 0.
  if (typeof name === 'string' && name !== '' && !name.includes('\0')) return;
  throw new InvalidArgumentError({
    where: 'enroll',
    argument,
    expected: 'a text, not empty and without the character 0',
    got: name,
  });
}

/** Refuses an embedding of another shape, not finite, or without direction where directions are compared. */
export function checkEmbedding(
  where: string,
  argument: string,
  embedding: Float32Array,
  { dimension, measure }: GalleryNetwork,
): void {
  const expected =
    embedding.length !== dimension
      ? `one embedding of ${dimension} numbers`
      : !embedding.every(Number.isFinite)
        ? 'finite'
        : measure === 'cosine' && embedding.every((value) => value === 0)
          ? "not all zero for the measure 'cosine'"
          : undefined;
  if (expected === undefined) return;
  throw new InvalidArgumentError({ where, argument, expected, got: embedding });
}
