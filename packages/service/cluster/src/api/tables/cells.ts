import type { KubeObject } from '@sekisho/kube';
import { age } from './age.ts';
import type { Column } from './column.ts';

/** A value that may be anything, read by field names; absent parts read as undefined. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string'
    ? found
    : typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : '';
}

export function numberAt(value: unknown, ...path: (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function listAt(value: unknown, ...path: (string | number)[]): Record<string, unknown>[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((item) => typeof item === 'object' && item !== null) : [];
}

export function namesAt(value: unknown, ...path: (string | number)[]): string[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string') : [];
}

export function countAt(value: unknown, ...path: (string | number)[]): number {
  const found = at(value, ...path);
  if (Array.isArray(found)) return found.length;
  return typeof found === 'object' && found !== null ? Object.keys(found).length : 0;
}

/** `<none>` where kubectl shows that nothing is there. */
export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}

type Cell = (object: KubeObject, now: number) => unknown;

export function text(name: string, cell: Cell, priority = 0): Column {
  return { name, type: 'string', priority, cell };
}

export function integer(name: string, cell: Cell, priority = 0): Column {
  return { name, type: 'integer', priority, cell };
}

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  cell: (object) => object.metadata.name ?? '',
};

export const AGE: Column = text('Age', (object, now) => age(object.metadata.creationTimestamp, now));

export function wide(name: string, cell: Cell): Column {
  return text(name, cell, 1);
}

/** Wide columns that all workloads share. */
export const CONTAINERS: Column = wide('Containers', (object) =>
  templateContainers(object)
    .map((one) => textAt(one, 'name'))
    .join(','),
);
export const IMAGES: Column = wide('Images', (object) =>
  templateContainers(object)
    .map((one) => textAt(one, 'image'))
    .join(','),
);
export const SELECTOR: Column = wide('Selector', (object) => selectorText(at(object, 'spec', 'selector')));

function templateContainers(object: KubeObject): Record<string, unknown>[] {
  return listAt(object, 'spec', 'template', 'spec', 'containers');
}

/** A label selector as kubectl prints it; a plain map counts as one. */
export function selectorText(selector: unknown): string {
  if (typeof selector !== 'object' || selector === null) return '<none>';
  const labels = at(selector, 'matchLabels');
  const expressions = listAt(selector, 'matchExpressions');
  const plain = labels === undefined && expressions.length === 0 ? selector : (labels ?? {});
  const terms = Object.entries(plain as Record<string, unknown>)
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort();
  for (const expression of expressions) {
    const key = textAt(expression, 'key');
    const values = namesAt(expression, 'values').join(',');
    switch (textAt(expression, 'operator')) {
      case 'In':
        terms.push(`${key} in (${values})`);
        break;
      case 'NotIn':
        terms.push(`${key} notin (${values})`);
        break;
      case 'Exists':
        terms.push(key);
        break;
      default:
        terms.push(`!${key}`);
    }
  }
  return orNone(terms.join(','));
}
