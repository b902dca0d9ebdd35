import { parseYamlDocuments, stringifyYaml, type YamlResult } from '@sekisho/base';
import type { Run } from '../shape.ts';
import { YAML_FRAGMENTS } from './lib/fragments.ts';
import { fuzz } from './lib/fuzz.ts';

/**
 * Any text gives documents or diagnostics; what is written from a document reads back the same; and the fast reader
 * agrees with the full parser.
 */
export const run: Run = (options) =>
  fuzz(options, 'yaml', YAML_FRAGMENTS, (input) => {
    const { documents, diagnostics } = parseYamlDocuments(input, { file: 'fuzz.yaml' });
    for (const { origin } of diagnostics) {
      if ((origin?.line ?? 0) < 1 || (origin?.column ?? 0) < 1) return 'a diagnostic without a position';
    }
    // An end marker makes the full parser read the whole text.
    if (input.endsWith('\n') && !/(?<![^\n])(?:%|\.\.\.|---)/.test(input)) {
      const full = parseYamlDocuments(`${input}...\n`, { file: 'fuzz.yaml' });
      if (summary(full) !== summary({ documents })) return `the full parser reads ${summary(full)}`;
    }
    for (const document of documents) {
      const json = JSON.stringify(document.value);
      if (json.length > 100_000) continue;
      const again = parseYamlDocuments(stringifyYaml(document.value), { file: 'again.yaml' }).documents[0];
      if (JSON.stringify(again?.value) !== json) return `written and read again it is ${JSON.stringify(again?.value)}`;
      if (document.positionOf([]) === undefined) return 'a document without a position';
    }
    return undefined;
  });

function summary({ documents }: Pick<YamlResult, 'documents'>): string {
  return JSON.stringify(documents.map(({ value, origin }) => [value, origin]));
}
