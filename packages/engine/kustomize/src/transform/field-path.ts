import { BuildFault } from '../fault.ts';
import { isMapNode, isMissing, isNull, type Node, type NodeMap, scalarText } from '../node/node.ts';
import { resolvePlainScalar } from '../node/resolve-scalar.ts';
import { compileRegex } from './regex.ts';

/** Where a value stands: it can be read and replaced. */
export interface FieldPlace {
  get(): Node;
  set(value: Node): void;
}

/** The steps of `a.b\.c.[name=x.y].0`. */
export function splitFieldPath(path: string): string[] {
  const steps: string[] = [];
  let step = '';
  let depth = 0;
  for (let at = 0; at < path.length; at++) {
    const char = path.charAt(at);
    if (char === '\\' && path[at + 1] === '.') {
      step += '.';
      at++;
    } else if (char === '.' && depth === 0) {
      steps.push(step);
      step = '';
    } else {
      if (char === '[') depth++;
      else if (char === ']') depth = Math.max(0, depth - 1);
      step += char;
    }
  }
  steps.push(step);
  return steps.filter((part, index) => part !== '' || index > 0);
}

/** Makes what the last step of a path leads to. */
export type MakeLeaf = () => Node;

/** All values that a path of a replacement means. @param create with it, what is missing is made */
export function findFields(root: NodeMap, path: readonly string[], create?: MakeLeaf): FieldPlace[] {
  const found: FieldPlace[] = [];
  walk({ get: () => root, set: () => undefined }, path, 0, create, found);
  return found;
}

function walk(
  place: FieldPlace,
  path: readonly string[],
  at: number,
  create: MakeLeaf | undefined,
  found: FieldPlace[],
): void {
  if (at === path.length) {
    found.push(place);
    return;
  }
  const step = path[at] ?? '';
  let node = place.get();
  if (isNull(node) || (create !== undefined && node === '' && at > 0)) {
    if (create === undefined) return;
    node = isListStep(step) ? [] : new Map();
    place.set(node);
  }
  const next = (child: FieldPlace) => walk(child, path, at + 1, create, found);
  if (isMapNode(node)) walkMap(node, step, create, path, at, next);
  else if (Array.isArray(node)) walkList(node, step, create, next);
  else
    throw new BuildFault(
      `wrong node kind: expected MappingNode but got ScalarNode: node contents:\n${scalarText(node) ?? ''}\n`,
    );
}

function isListStep(step: string): boolean {
  return step === '-' || /^\[.*\]$/.test(step) || /^\d+$/.test(step);
}

function walkMap(
  node: NodeMap,
  step: string,
  create: MakeLeaf | undefined,
  path: readonly string[],
  at: number,
  next: (place: FieldPlace) => void,
): void {
  const keys = step === '*' ? [...node.keys()] : [step];
  for (const key of keys) {
    if (node.get(key) === undefined || (create !== undefined && isMissing(node.get(key)))) {
      if (create === undefined) continue;
      const following = path[at + 1];
      node.set(key, following === undefined ? create() : isListStep(following) ? [] : new Map());
    }
    next({ get: () => node.get(key) ?? '', set: (value) => node.set(key, value) });
  }
}

function walkList(node: Node[], step: string, create: MakeLeaf | undefined, next: (place: FieldPlace) => void): void {
  const indexes = listIndexes(node, step, create);
  for (const index of indexes) {
    next({
      get: () => node[index] ?? '',
      set: (value) => {
        node[index] = value;
      },
    });
  }
}

function listIndexes(node: Node[], step: string, create: MakeLeaf | undefined): number[] {
  if (step === '*') return node.map((_, index) => index);
  if (step === '-') return node.length === 0 ? [] : [node.length - 1];
  if (/^\d{1,9}$/.test(step)) {
    const index = Number(step);
    if (index < node.length) return [index];
    if (create !== undefined && index === node.length) {
      node.push('');
      return [index];
    }
    throw new BuildFault(`index ${index} specified but only ${node.length} elements found`);
  }
  const condition = /^\[([^=]*)=(.*)\]$/s.exec(step);
  if (condition === null) throw new BuildFault(`wrong node kind: expected MappingNode but got SequenceNode`);
  const [, key = '', wanted = ''] = condition;
  const indexes = matching(node, key, wanted);
  if (indexes.length > 0 || create === undefined) return indexes;
  const element: Node = key === '' ? wanted : new Map<string, Node>([[key, resolvePlainScalar(wanted)]]);
  node.push(element);
  return [node.length - 1];
}

function matching(node: readonly Node[], key: string, wanted: string): number[] {
  const regex = compileRegex(wanted);
  const indexes: number[] = [];
  for (const [index, item] of node.entries()) {
    const text = key === '' ? scalarText(item) : isMapNode(item) ? scalarText(item.get(key)) : undefined;
    if (text !== undefined && regex.test(text)) indexes.push(index);
  }
  return indexes;
}
