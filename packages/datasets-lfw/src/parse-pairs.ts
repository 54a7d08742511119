import { LfwListError } from './lfw-list-error.ts';
import { countingNumber, isPersonName, type ListLine, listLines } from './list-lines.ts';

/** One line of a pairs list. */
export interface ListedPair {
  readonly nameA: string;
  /** 1-based number of the image, as in `NAME_0001.jpg`. */
  readonly imageA: number;
  readonly nameB: string;
  readonly imageB: number;
  readonly same: boolean;
  /** 0-based. */
  readonly fold: number;
  /** 1-based line of the file. */
  readonly line: number;
}

/** The content of `pairs.txt`, `pairsDevTrain.txt` or `pairsDevTest.txt`. */
export interface PairsList {
  readonly pairs: readonly ListedPair[];
  readonly foldCount: number;
  /** In each fold, as many pairs of one person as of two. */
  readonly samePerFold: number;
}

/**
 * Reads a pairs list: per fold first the pairs of one person (`name i j`), then those of two (`name i name j`).
 *
 * The header is `folds pairs` (`10 300`) or `pairs` (`1100`). Without a header, as in some copies, the folds
 * are found where the pairs of two people end and those of one begin again; they must be of one size. Tabs or
 * spaces, any line ending, blank lines and a missing final newline are accepted.
 *
 * @param text the whole file
 * @param file its name, for messages
 * @throws LfwListError naming file and line where a line is malformed or a count does not fit
 */
export function parsePairs(text: string, file: string): PairsList {
  const lines = listLines(text);
  const header = readHeader(lines[0]);
  const body = (header === undefined ? lines : lines.slice(1)).map((line) => parseLine(line, file));
  if (body.length === 0) {
    throw new LfwListError(file, undefined, 'the list has no pairs. Download the file again.');
  }
  const { foldCount, samePerFold } = header ?? inferFolds(body);
  const expected = foldCount * samePerFold * 2;
  if (body.length !== expected) {
    const source = header === undefined ? 'runs of equal length give' : 'the header gives';
    throw new LfwListError(
      file,
      undefined,
      `${source} ${foldCount} x ${samePerFold} x 2 = ${expected} pairs, but the list has ${body.length}. Download the file again.`,
    );
  }
  const pairs = body.map((pair, i) => {
    const within = i % (samePerFold * 2);
    if (pair.same !== within < samePerFold) {
      throw new LfwListError(
        file,
        pair.line,
        `expected a pair of ${pair.same ? 'two people' : 'one person'} here, because each fold has ${samePerFold} pairs of one person and then ${samePerFold} of two.`,
      );
    }
    return { ...pair, fold: Math.floor(i / (samePerFold * 2)) };
  });
  return { pairs, foldCount, samePerFold };
}

function readHeader(line: ListLine | undefined): { foldCount: number; samePerFold: number } | undefined {
  const numbers = line?.fields.map(countingNumber);
  if (numbers === undefined || numbers.length > 2 || numbers.includes(undefined)) return undefined;
  const [first, second] = numbers as number[];
  return second === undefined
    ? { foldCount: 1, samePerFold: first! }
    : { foldCount: first!, samePerFold: second };
}

function inferFolds(pairs: readonly { readonly same: boolean }[]): {
  foldCount: number;
  samePerFold: number;
} {
  const foldCount = pairs.filter(({ same }, i) => same && (i === 0 || !pairs[i - 1]!.same)).length;
  return {
    foldCount: Math.max(1, foldCount),
    samePerFold: Math.floor(pairs.length / 2 / Math.max(1, foldCount)),
  };
}

function parseLine({ number: line, fields }: ListLine, file: string): Omit<ListedPair, 'fold'> {
  const [nameA, ...rest] = fields;
  const same = rest.length === 2;
  const nameB = same ? nameA : rest[1];
  const imageA = countingNumber(rest[0]);
  const imageB = countingNumber(same ? rest[1] : rest[2]);
  if (
    fields.length > 4 ||
    !isPersonName(nameA) ||
    !isPersonName(nameB) ||
    imageA === undefined ||
    imageB === undefined
  ) {
    throw new LfwListError(
      file,
      line,
      `expected "name number number" or "name number name number", got ${JSON.stringify(fields.join(' ').slice(0, 80))}.`,
    );
  }
  if (nameA === nameB && imageA === imageB) {
    throw new LfwListError(file, line, `the pair compares image ${imageA} of ${nameA} with itself.`);
  }
  if (!same && nameA === nameB) {
    throw new LfwListError(file, line, `a pair of two people names ${nameA} twice.`);
  }
  return { nameA, imageA, nameB, imageB, same, line };
}
