import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addWeightedGram, mirrorUpper } from './add-weighted-gram.ts';
import { quadraticForms } from './quadratic-forms.ts';

const number = fc.double({ min: -3, max: 3, noNaN: true });
const input = fc
  .record({ n: fc.integer({ min: 1, max: 6 }), count: fc.integer({ min: 1, max: 9 }) })
  .chain(({ n, count }) =>
    fc.record({
      n: fc.constant(n),
      count: fc.constant(count),
      rows: fc.array(number, { minLength: count * n, maxLength: count * n }),
      weights: fc.array(number, { minLength: count, maxLength: count }),
      matrix: fc.array(number, { minLength: n * n, maxLength: n * n }),
    }),
  );

test('equal the sums of the definition', () => {
  fc.assert(
    fc.property(input, ({ n, count, rows, weights, matrix }) => {
      const x = Float64Array.from(rows);
      const symmetric = Float64Array.from(matrix);
      mirrorUpper(symmetric, n);
      const forms = new Float64Array(count);
      quadraticForms(x, count, symmetric, n, forms);
      const gram = new Float64Array(n * n).fill(2);
      addWeightedGram(x, Float64Array.from(weights), count, n, gram);
      mirrorUpper(gram, n);
      for (let row = 0; row < count; row++) {
        let form = 0;
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) form += rows[row * n + i]! * symmetric[i * n + j]! * rows[row * n + j]!;
        expect(forms[row]).toBeCloseTo(form, 9);
      }
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 2;
          for (let row = 0; row < count; row++)
            sum += weights[row]! * rows[row * n + i]! * rows[row * n + j]!;
          expect(gram[i * n + j]).toBeCloseTo(sum, 9);
        }
      }
    }),
  );
});
