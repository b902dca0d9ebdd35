import { BuildFault } from '../fault.ts';
import { isMapNode, isNull, type Node, nullScalar, sameNode, scalarText } from '../node/node.ts';
import type { NodeBudget } from '../node/node-budget.ts';

/**
 * Applies the operations of RFC 6902 in place.
 * @param operations as read: a list of maps
 * @throws BuildFault in the words of Kustomize's JSON patch library
 */
export function applyJsonPatch(root: Node, operations: readonly Node[], budget: NodeBudget): Node {
  let document = root;
  for (const operation of operations) document = applyOperation(document, operation, budget);
  return document;
}

function applyOperation(root: Node, operation: Node, budget: NodeBudget): Node {
  if (!isMapNode(operation))
    throw new BuildFault('json: cannot unmarshal array into Go value of type jsonpatch.Operation');
  const op = scalarText(operation.get('op')) ?? '';
  const path = scalarText(operation.get('path')) ?? '';
  const value = operation.get('value');
  switch (op) {
    case 'add':
      return insert(root, path, budget.copy(value ?? ''), 'add');
    case 'replace':
      return replace(root, path, budget.copy(value ?? ''));
    case 'remove':
      take(root, path, 'remove');
      return root;
    case 'move': {
      const moved = take(root, scalarText(operation.get('from')) ?? '', 'move', 'from path');
      return insert(root, path, moved, 'move', 'destination path');
    }
    case 'copy':
      return insert(
        root,
        path,
        budget.copy(find(root, scalarText(operation.get('from')) ?? '', 'copy')),
        'copy',
        'destination path',
      );
    case 'test':
      return test(root, path, value);
    default:
      throw new BuildFault(`Unexpected kind: ${op || 'unknown'}`);
  }
}

function steps(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function missing(op: string, path: string, what = 'path'): BuildFault {
  const subject = op === 'test' ? '' : 'doc ';
  return new BuildFault(`${op} operation does not apply: ${subject}is missing ${what}: ${path}: missing value`);
}

/** Operations whose message has the path in quotes. */
const QUOTED = new Set(['add', 'remove']);

interface Place {
  readonly parent: Node;
  readonly key: string;
}

function placeOf(root: Node, path: string, op: string, what = 'path'): Place {
  const parts = steps(path);
  const key = parts.pop() ?? '';
  let parent = root;
  for (const part of parts) {
    const next: Node | undefined = childOf(parent, part);
    if (next === undefined || typeof next !== 'object') throw missing(op, QUOTED.has(op) ? `"${path}"` : path, what);
    parent = next;
  }
  return { parent, key };
}

function childOf(node: Node, key: string): Node | undefined {
  if (isMapNode(node)) return node.get(key);
  if (!Array.isArray(node)) return undefined;
  const index = indexOf(key, node.length);
  return index === undefined ? undefined : node[index];
}

/** Negative indexes count from the end, as the library allows. */
function indexOf(key: string, length: number): number | undefined {
  if (!/^-?\d{1,9}$/.test(key)) return undefined;
  const index = Number(key);
  return index < 0 ? length + index : index;
}

function insert(root: Node, path: string, value: Node, op: string, what = 'path'): Node {
  if (path === '') return value;
  const { parent, key } = placeOf(root, path, op, what);
  if (isMapNode(parent)) parent.set(key, value);
  else if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : indexOf(key, parent.length + 1);
    if (index === undefined || index < 0 || index > parent.length) {
      throw new BuildFault(
        `error in ${op} for path: '${path}': Unable to access invalid index: ${key}: invalid index referenced`,
      );
    }
    parent.splice(index, 0, value);
  } else throw missing(op, `"${path}"`);
  return root;
}

function replace(root: Node, path: string, value: Node): Node {
  if (path === '') return value;
  const { parent, key } = placeOf(root, path, 'replace');
  // What a map doesn't have is added: Kustomize's library lets that pass.
  if (isMapNode(parent)) parent.set(key, value);
  else if (childOf(parent, key) === undefined) throw missing('replace', path, 'key');
  else if (Array.isArray(parent)) parent[indexOf(key, parent.length) ?? 0] = value;
  return root;
}

function take(root: Node, path: string, op: string, what = 'path'): Node {
  const { parent, key } = placeOf(root, path, op, what);
  const value = childOf(parent, key);
  if (value === undefined) {
    const shown = op === 'move' ? key : path;
    throw new BuildFault(
      `error in ${op} for path: '${shown}': Unable to remove nonexistent key: ${key}: missing value`,
    );
  }
  if (isMapNode(parent)) parent.delete(key);
  else if (Array.isArray(parent)) parent.splice(indexOf(key, parent.length) ?? 0, 1);
  return value;
}

/** What isn't there is null: Kustomize's library copies that. */
function find(root: Node, path: string, op: string): Node {
  const { parent, key } = placeOf(root, path, op, 'from path');
  return childOf(parent, key) ?? nullScalar;
}

function test(root: Node, path: string, value: Node | undefined): Node {
  const { parent, key } = placeOf(root, path, 'test');
  const found = path === '' ? root : childOf(parent, key);
  if (found === undefined && isNull(value)) return root;
  if (!sameNode(found, value)) throw new BuildFault(`testing value ${path} failed: test failed`);
  return root;
}
