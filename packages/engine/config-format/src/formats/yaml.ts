import { parseYamlDocuments } from '@sekisho/base';
import type { ConfigDocument } from '../document.ts';
import type { ParseTask } from '../parse-task.ts';

/** Kubernetes' YAML; of equal keys the last one counts, with a warning. A file without documents is one `null`, as in Conftest. */
export function parseYaml(task: ParseTask): readonly ConfigDocument[] {
  const { file, maxBytes, maxDepth } = task.options;
  const { documents, diagnostics } = parseYamlDocuments(task.text, {
    file,
    duplicateKeys: 'warning',
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
  });
  task.diagnostics.push(...diagnostics);
  return documents.length === 0 ? [task.document(null)] : documents;
}
