import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bestPracticePage, bestPracticePath } from './generate-best-practice-docs.ts';

test('the page of best practice is what the program says', () => {
  const page = readFileSync(join(import.meta.dirname, '..', bestPracticePath), 'utf8');
  expect(page, 'run npx tsx --conditions=@sekisho/source tools/generate-best-practice-docs.ts').toBe(
    bestPracticePage(),
  );
});
