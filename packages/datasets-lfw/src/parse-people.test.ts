import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LfwListError, parsePeople } from './index.ts';

const names = (text: string) => parsePeople(text, 'p.txt').map((fold) => fold.map(({ name }) => name));

test('the folds of people.txt, the one count of the View 1 lists, and no header at all', () => {
  expect(parsePeople('2\n1\nAnn\t3\n2\nBob\t1\nCleo\t2\n', 'people.txt')).toEqual([
    [{ name: 'Ann', images: 3, line: 3 }],
    [
      { name: 'Bob', images: 1, line: 5 },
      { name: 'Cleo', images: 2, line: 6 },
    ],
  ]);
  expect(names('2\r\nAnn 3\r\n\r\nBob 1')).toEqual([['Ann', 'Bob']]);
  expect(names('Ann 3\nBob 1\n')).toEqual([['Ann', 'Bob']]);
});

test.each([
  ['', 'p.txt: the list has no people'],
  ['3', 'p.txt: the list has no people'],
  ['2\nAnn 1', 'p.txt:1: 2 people are announced, but 1 follow'],
  ['2\n1\nAnn 1\n2\nBob 1', 'p.txt:4: 2 people are announced, but 1 follow'],
  ['3\n1\nAnn 1\n1\nBob 1', 'p.txt:1: 3 folds are announced, but 2 follow'],
  ['1\nAnn', 'p.txt:2: expected "name images", got "Ann"'],
  ['1\nAnn x', 'p.txt:2: expected "name images", got "Ann x"'],
  ['1\nAnn 1 1', 'p.txt:2: expected "name images"'],
  ['1\n../x 1', 'p.txt:2: expected "name images"'],
  ['2\nAnn 1\nAnn 2', 'p.txt:3: Ann is listed twice, first on line 2'],
])('%j is refused', (text, message) => {
  expect(() => parsePeople(text, 'p.txt')).toThrow(message);
});

test('any text is read or refused with an LfwListError', () => {
  const piece = fc.constantFrom('Ann', '1', '2', '10', '\t', '\n', '\r\n', 'Bob', 'é', '/');
  const texts = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = attempt(text);
      return result instanceof Error ? LfwListError.isInstance(result) : result.flat().length > 0;
    }),
    { numRuns: 500 },
  );
});

function attempt(text: string): ReturnType<typeof parsePeople> | Error {
  try {
    return parsePeople(text, 'p.txt');
  } catch (error) {
    return error as Error;
  }
}
