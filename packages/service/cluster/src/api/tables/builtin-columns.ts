import { age } from './age.ts';
import type { Column } from './table.ts';

const DEFAULT: readonly Column[] = [
  { name: 'Name', type: 'string', format: 'name', priority: 0, cell: (object) => object.metadata.name ?? '' },
  { name: 'Age', type: 'string', priority: 0, cell: (object, now) => age(object.metadata.creationTimestamp, now) },
];

export function builtinColumns(_group: string, _resource: string): readonly Column[] {
  return DEFAULT;
}
