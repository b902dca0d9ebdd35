import { expect, test } from 'vitest';
import { escapeXml } from './xml.ts';

test.each([
  ['a < b && "c"', 'a &lt; b &amp;&amp; &#34;c&#34;'],
  ["it's\ta\nline\r", 'it&#39;s&#x9;a&#xA;line&#xD;'],
  ['\u0000\u001b[0m', '\ufffd\ufffd[0m'],
  ['\ud83d and 😀', '\ufffd and 😀'],
])('escapeXml of %j', (text, escaped) => {
  expect(escapeXml(text)).toBe(escaped);
});
