import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenge } from './challenge.ts';
import { formatReference, parseReference } from './reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

test.each([
  ['r.example/a', { registry: 'r.example', repository: 'a', tag: 'latest' }],
  ['oci://r.example:5000/a/b-c:v1.2', { registry: 'r.example:5000', repository: 'a/b-c', tag: 'v1.2' }],
  [`r.example/a@${digest}`, { registry: 'r.example', repository: 'a', digest }],
  [`r.example/a:v1@${digest}`, { registry: 'r.example', repository: 'a', tag: 'v1', digest }],
  ['[::1]:5000/a', { registry: '[::1]:5000', repository: 'a', tag: 'latest' }],
])('parseReference(%j)', (text, wanted) => {
  expect(parseReference(text)).toEqual(wanted);
});

test.each([
  '',
  'a',
  '/a',
  'r.example/',
  'r.example/A',
  'r.example/a/../b',
  'r.example/a:',
  'r.example/a:-x',
  'r.example/a@sha256:abc',
  'r.example/a@md5:d41d8cd98f00b204e9800998ecf8427e',
  'user:password@r.example/a',
  'r.example/a?x=1',
  `r.example/${'a'.repeat(300)}`,
])('parseReference refuses %j', (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'REGISTRY_REFERENCE' }));
});

test('any text is read or refused, and what was read is written the same', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z.:/@-]{1,40}$/)), (text) => {
      try {
        const reference = parseReference(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
      } catch (error) {
        expect(error).toMatchObject({ code: 'REGISTRY_REFERENCE' });
      }
    }),
  );
});

test.each([
  ['Bearer realm="https://a/token",service="s",scope="a,b"', { realm: 'https://a/token', service: 's', scope: 'a,b' }],
  ['Negotiate, bearer realm=x', { realm: 'x' }],
  ['Basic realm="with \\" in it"', { realm: 'with " in it' }],
])('parseChallenge(%j)', (header, parameters) => {
  expect(Object.fromEntries(parseChallenge(header)?.parameters ?? [])).toEqual(parameters);
});

test('parseChallenge of anything else is undefined, and never slow', () => {
  expect(parseChallenge('Negotiate')).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => void parseChallenge(`Bearer ${text}`)));
  parseChallenge(`Bearer a="${'\\"'.repeat(100_000)}`);
});
