import { expect, test } from 'vitest';
import { columnWidths, formatTable } from './table.ts';

interface Row {
  readonly name: string;
  readonly state: string;
}
const columns = [
  { title: 'NAME', text: (row: Row) => row.name },
  { title: 'STATE', text: (row: Row) => row.state },
  { title: 'MORE', text: () => 'wide', wide: true },
];
const rows = [
  { name: 'a-long-name', state: 'Healthy' },
  { name: 'b', state: '' },
];

test('formatTable aligns columns and leaves no blanks at the end of a line', () => {
  expect(formatTable(rows, columns)).toBe('NAME          STATE\na-long-name   Healthy\nb');
  expect(formatTable(rows, columns, { wide: true })).toContain('a-long-name   Healthy   wide');
});

test('formatTable keeps later lines below the first ones', () => {
  const widths = columnWidths(rows, columns);
  expect(formatTable([{ name: 'c', state: 'x' }], columns, { headers: false, widths })).toBe('c             x');
});

test('formatTable lets no control character of a stranger reach a terminal', () => {
  const text = formatTable([{ name: 'a\u001b[2Jb', state: 'one\n  two' }], columns, { headers: false });
  expect(text).toBe('a [2Jb   one two');
});

test('formatTable colours words of state, outside the padding that they need', () => {
  const text = formatTable(rows, columns, { color: true });
  expect(text).toContain('\u001b[32mHealthy\u001b[39m');
  expect(text).toContain('a-long-name   ');
});
