import { expect, test } from 'vitest';
import { splitAssignments } from './render-flags.ts';

test.each([
  ['a=1', [['a', '1']]],
  [
    'a=1,b.c=2',
    [
      ['a', '1'],
      ['b.c', '2'],
    ],
  ],
  [
    'list={x,y},b=2',
    [
      ['list', '{x,y}'],
      ['b', '2'],
    ],
  ],
  ['text=p\\,q', [['text', 'p,q']]],
  ['url=http://x?a=b', [['url', 'http://x?a=b']]],
  ['empty=', [['empty', '']]],
  ['bare', [['bare', '']]],
  ['', []],
  [
    'a={open,b=1',
    [
      ['a', '{open'],
      ['b', '1'],
    ],
  ],
])('--set %s', (text, expected) => {
  expect(splitAssignments(text).map(({ name, value }) => [name, value])).toEqual(expected);
});
