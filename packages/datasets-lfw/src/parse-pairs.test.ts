import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LfwListError, parsePairs } from './index.ts';

const strip = (text: string) => parsePairs(text, 'x').pairs.map((pair) => ({ ...pair, line: 0 }));
const list = '2\t1\nAnn\t1\t2\nBob\t1\tCleo\t3\nDora\t4\t5\nEve\t1\tAnn\t2\n';

test('the official form: folds, first pairs of one person, then of two', () => {
  const { pairs, foldCount, samePerFold } = parsePairs(list, 'pairs.txt');
  expect({ foldCount, samePerFold }).toEqual({ foldCount: 2, samePerFold: 1 });
  expect(pairs).toEqual([
    { nameA: 'Ann', imageA: 1, nameB: 'Ann', imageB: 2, same: true, fold: 0, line: 2 },
    { nameA: 'Bob', imageA: 1, nameB: 'Cleo', imageB: 3, same: false, fold: 0, line: 3 },
    { nameA: 'Dora', imageA: 4, nameB: 'Dora', imageB: 5, same: true, fold: 1, line: 4 },
    { nameA: 'Eve', imageA: 1, nameB: 'Ann', imageB: 2, same: false, fold: 1, line: 5 },
  ]);
});

test('other line endings, blank lines, spaces, a byte-order mark and a missing header change nothing', () => {
  const expected = strip(list);
  expect(strip(list.replaceAll('\n', '\r\n'))).toEqual(expected);
  expect(strip(list.replaceAll('\n', '\r'))).toEqual(expected);
  expect(strip(list.replaceAll('\n', '\n\n  \n'))).toEqual(expected);
  expect(strip(list.replaceAll('\t', '  ').trimEnd())).toEqual(expected);
  expect(strip(`\uFEFF${list}`)).toEqual(expected);
  expect(strip(list.slice(list.indexOf('\n') + 1))).toEqual(expected);
});

test('a header of one number is one fold', () => {
  const view1 = parsePairs('1\nAnn 1 2\nBob 1 Cleo 3', 'pairsDevTest.txt');
  expect(view1).toMatchObject({ foldCount: 1, samePerFold: 1 });
});

test.each([
  ['', 'p.txt: the list has no pairs'],
  ['1 1', 'p.txt: the list has no pairs'],
  ['1 1\nAnn 1 2', 'p.txt: the header gives 1 x 1 x 2 = 2 pairs, but the list has 1'],
  [
    '1 1\nAnn 1 2\nAnn 1 Bob',
    'p.txt:3: expected "name number number" or "name number name number", got "Ann 1 Bob"',
  ],
  ['1 1\nAnn 1 0\nAnn 1 Bob 1', 'p.txt:2: expected "name number number"'],
  ['1 1\nAnn 1 2 3 4\nAnn 1 Bob 1', 'p.txt:2: expected'],
  ['1 1\n../Ann 1 2\nAnn 1 Bob 1', 'p.txt:2: expected'],
  ['1 1\nAnn 1 2\n\nAnn 2 1', 'p.txt:4: expected a pair of two people here'],
  ['1 1\nAnn 1 Bob 2\nAnn 1 2', 'p.txt:2: expected a pair of one person here'],
  ['1 1\nAnn 2 2\nAnn 1 Bob 1', 'p.txt:2: the pair compares image 2 of Ann with itself'],
  ['1 1\nAnn 1 2\nAnn 1 Ann 2', 'p.txt:3: a pair of two people names Ann twice'],
  ['<html>\n<body>Not found</body>', 'p.txt:1: expected'],
])('%j is refused', (text, message) => {
  expect(() => parsePairs(text, 'p.txt')).toThrow(message);
});

test('any text is read or refused with an LfwListError', () => {
  const piece = fc.constantFrom(
    'Ann',
    '1',
    '2',
    '10',
    '300',
    '\t',
    ' ',
    '\n',
    '\r\n',
    'Bob',
    '0',
    '-1',
    'é',
    '/',
    '\0',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = attempt(text);
      if (result instanceof Error) return LfwListError.isInstance(result);
      return result.pairs.length === result.foldCount * result.samePerFold * 2;
    }),
    { numRuns: 500 },
  );
});

function attempt(text: string): ReturnType<typeof parsePairs> | Error {
  try {
    return parsePairs(text, 'p.txt');
  } catch (error) {
    return error as Error;
  }
}
