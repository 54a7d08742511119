/**
 * The block in which to walk over a square matrix and its mirrored cells. Those of a few columns only: rows of a power of
 * two lie so that their cells share a set of the cache, which holds a dozen of them.
 */
export const mirrorBlock = { rows: 64, columns: 8 } as const;
