/** `key_groups__list_0__map_kms__list_0__map_context__map_name` is the deepest that there is. */
const MAX_STEPS = 8;

type Nested = Map<string | number, Nested | string>;

/**
 * Metadata of formats without lists and maps: `age__list_0__map_recipient` is what YAML has under `age`, in the first
 * item of the list, as `recipient`. Line breaks are written `\n`.
 */
export function unflattenMetadata(entries: Iterable<readonly [key: string, value: string]>): Record<string, unknown> {
  const root: Nested = new Map();
  for (const [flat, value] of entries) {
    const steps = flat.split(/__(?=list_\d|map_)/).map((step, index) => {
      if (index === 0) return step;
      return step.startsWith('list_') ? Number(step.slice('list_'.length)) : step.slice('map_'.length);
    });
    if (steps.length > MAX_STEPS) continue;
    let at = root;
    for (const [index, step] of steps.entries()) {
      if (index === steps.length - 1) at.set(step, value.replaceAll('\\n', '\n'));
      else at = below(at, step);
    }
  }
  return toPlain(root) as Record<string, unknown>;
}

function below(nested: Nested, step: string | number): Nested {
  const known = nested.get(step);
  if (known !== undefined && typeof known !== 'string') return known;
  const made: Nested = new Map();
  nested.set(step, made);
  return made;
}

/** Maps whose keys are all numbers are lists, in the order of the numbers. */
function toPlain(nested: Nested | string): unknown {
  if (typeof nested === 'string') return nested;
  const entries = [...nested].map(([key, value]) => [key, toPlain(value)] as const);
  if (entries.length > 0 && entries.every(([key]) => typeof key === 'number')) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
  }
  return Object.fromEntries(entries);
}
