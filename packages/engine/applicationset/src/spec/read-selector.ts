import type { FieldReader } from '@sekisho/base';
import type { LabelSelector } from '@sekisho/kube';
import { requirementsOf, SelectorError } from '../selector.ts';

/** The selector in a field; undefined when it is absent or faulty. */
export function readSelector(reader: FieldReader, field: string): LabelSelector | undefined {
  const found = reader.object(field);
  if (found === undefined) return undefined;
  found.onlyFields(['matchLabels', 'matchExpressions']);
  const selector = {
    matchLabels: found.textMap('matchLabels'),
    matchExpressions: found.objects('matchExpressions').map((expression) => ({
      key: expression.text('key') ?? '',
      operator: expression.text('operator') ?? '',
      values: expression.texts('values'),
    })),
  };
  try {
    requirementsOf(selector);
    return selector;
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    found.fault('', error.message);
    return undefined;
  }
}
