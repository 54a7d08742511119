import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { identityOverlap } from './index.ts';

test('spelling, order of words and aliases are seen through; the kind of match is told', () => {
  const first = ['Ann', 'Wang_Yingfan', 'José García', 'Noer_Muis', 'Bob'];
  const second = ['Yingfan Wang', 'GARCIA-JOSE', 'Noer Moeis', 'Ann', 'Bobby', 'ann'];
  expect(identityOverlap(first, second, [['Noer_Moeis', 'Noer_Muis']])).toEqual([
    { first: 'Ann', second: 'Ann', how: 'same name' },
    { first: 'Ann', second: 'ann', how: 'same words' },
    { first: 'Wang_Yingfan', second: 'Yingfan Wang', how: 'same words' },
    { first: 'José García', second: 'GARCIA-JOSE', how: 'same words' },
    { first: 'Noer_Muis', second: 'Noer Moeis', how: 'alias' },
  ]);
});

test('non-Latin names and names without letters are compared too', () => {
  expect(identityOverlap(['王 伟', '-'], ['伟_王', '+', '-']).map(({ second }) => second)).toEqual([
    '伟_王',
    '-',
  ]);
});

test('it finds what it should, whichever set comes first', () => {
  const word = fc.constantFrom('Ann', 'bob', 'CLÉO', 'dora', 'Eve');
  const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('_'));
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.uniqueArray(name), fc.nat(99), (first, second, seed) => {
      const mangled = first.map((one) => createRandom(seed).shuffle(one.toUpperCase().split('_')).join(' '));
      expect(identityOverlap(first, mangled).length).toBeGreaterThanOrEqual(first.length);
      const pairs = identityOverlap(first, second).map(({ first: a, second: b }) => `${a}|${b}`);
      const back = identityOverlap(second, first).map(({ first: a, second: b }) => `${b}|${a}`);
      expect(back.sort()).toEqual(pairs.sort());
    }),
  );
});
