import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { PolicyDocument } from '../gatekeeper/document.ts';
import { documentsOf } from '../gatekeeper/testing/documents.ts';
import { parseWaiver } from '../waiver/parse-waiver.ts';
import { parseBestPracticeProfile } from './parse-profile.ts';
import { parsePolicySource } from './parse-source.ts';
import { SPEC_FIELDS } from './spec-fields.ts';

const page = readFileSync(
  fileURLToPath(new URL('../../../../../docs/reference/policy-objects.md', import.meta.url)),
  'utf8',
);
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text = '']) => documentsOf(text));

const parsers: Readonly<Record<string, (document: PolicyDocument) => { readonly diagnostics: readonly unknown[] }>> = {
  PolicySource: parsePolicySource,
  BestPracticeProfile: parseBestPracticeProfile,
  Waiver: parseWaiver,
};

test.each(examples.map((document) => [`${document.object.kind} ${document.object.metadata.name}`, document] as const))(
  'the example %s is read without a word',
  (_, document) => {
    expect(parsers[document.object.kind]?.(document).diagnostics).toEqual([]);
  },
);

test('every field is on the page, and shown by an example', () => {
  expect(new Set(examples.map(({ object }) => object.kind))).toEqual(new Set(Object.keys(parsers)));
  for (const [kind, fields] of Object.entries(SPEC_FIELDS)) {
    const section = page.split(`\n## ${kind}\n`)[1]?.split('\n## ')[0] ?? '';
    const common = page.split('\n## Fields that all have\n')[1]?.split('\n## ')[0] ?? '';
    for (const field of fields) expect(`${section}${common}`).toMatch(new RegExp(`^\\|[^|]*\`${field}\\b`, 'm'));
  }
});
