import { isSekishoError } from '@sekisho/base';
import { type LabelSelector, labelSelectorOf, matchesLabels } from '@sekisho/kube';
import type { Field } from './field.ts';

export type Labels = Readonly<Record<string, string>>;

/** Tells of labels whether a `metav1.LabelSelector` selects them: without a value nothing, empty everything. */
export function selectorOf(field: Field): (labels: Labels) => boolean {
  if (!field.isSet) return selectsNothing;
  try {
    const requirements = labelSelectorOf(field.value as LabelSelector);
    return (labels) => matchesLabels(requirements, labels);
  } catch (error) {
    if (isSekishoError(error) || error instanceof TypeError) return selectsNothing;
    throw error;
  }
}

/** As {@link selectorOf} for the plain map of a Service; without entries it selects everything, as in kube-score. */
export function plainSelectorOf(field: Field): (labels: Labels) => boolean {
  const wanted = Object.entries(field.textMap);
  return (labels) => wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

function selectsNothing(): boolean {
  return false;
}
