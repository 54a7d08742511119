import { expect, test } from 'vitest';
import { sectionCsv } from './index.ts';

const axis = { label: 'step' };

test.each([
  [
    { kind: 'summary', heading: 'h', entries: { accuracy: 0.123456789, note: 'a,b', ok: true, none: null } },
    'name,value\r\naccuracy,0.123456789\r\nnote,"a,b"\r\nok,true\r\nnone,\r\n',
  ],
  [
    { kind: 'table', heading: 'h', columns: ['a', 'b "c"'], rows: [[1, 'line\nbreak']] },
    'a,"b ""c"""\r\n1,"line\nbreak"\r\n',
  ],
  [
    {
      kind: 'lines',
      heading: 'h',
      x: axis,
      y: { label: 'loss' },
      series: [
        {
          name: 's',
          points: [
            [1, 2],
            [3, NaN],
          ],
        },
      ],
    },
    'series,step,loss\r\ns,1,2\r\ns,3,NaN\r\n',
  ],
  [
    { kind: 'points', heading: 'h', groups: [{ name: 'Ann', points: [[1, 2]] }] },
    'series,x,y\r\nAnn,1,2\r\n',
  ],
  [
    { kind: 'images', heading: 'h', groups: [{ caption: 'g', images: [{ source: '', caption: 'i' }] }] },
    'group,image\r\ng,i\r\n',
  ],
  [{ kind: 'notes', heading: 'h', text: 'hello' }, 'text\r\nhello\r\n'],
] as const)('%o', (section, csv) => {
  expect(sectionCsv(section)).toBe(csv);
});

test('refuses an unknown section', () => {
  expect(() => sectionCsv({ kind: 'pie', heading: 'h' } as never)).toThrow("kind must be 'summary', 'table'");
});
