import { createHash } from 'node:crypto';
import type { Node, NodeMap } from '../node/node.ts';
import { goJson } from '../node/value.ts';
import type { Resource } from '../resource/resource.ts';

const LENGTH = 10;
/** Vowels and digits that look like them are left out, so that no words arise. */
const LETTERS: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/** The suffix that the name of a generated object gets: ten letters and digits from its content. */
export function nameHash(resource: Resource): string {
  const hex = createHash('sha256').update(hashedText(resource)).digest('hex').slice(0, LENGTH);
  return hex.replace(/[013ae]/g, (char) => LETTERS[char] ?? char);
}

function hashedText({ kind, node }: Resource): string {
  if (kind !== 'ConfigMap' && kind !== 'Secret') return goJson(node);
  const fields: NodeMap = new Map<string, Node>([
    ['kind', kind],
    ['name', ''],
    ['data', node.get('data') ?? ''],
  ]);
  if (kind === 'Secret') fields.set('type', node.get('type') ?? '');
  for (const optional of kind === 'Secret' ? ['stringData'] : ['binaryData']) {
    const value = node.get(optional);
    if (value !== undefined) fields.set(optional, value);
  }
  return goJson(fields);
}
