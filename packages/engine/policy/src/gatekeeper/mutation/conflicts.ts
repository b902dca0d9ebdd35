import type { Mutator } from './mutator.ts';

/** What mutators take a place in objects of a kind to be. */
interface Place {
  /** Mutators by what they take it to be. */
  readonly shapes: Map<string, Set<string>>;
  readonly children: Map<string, Place>;
}

/**
 * Mutators whose locations mean different shapes of one kind: a list for one where another has an object, other keys of the same
 * list. None of them can be right, or all of them.
 *
 * @returns for each of them the others, by id
 */
export function findConflicts(mutators: readonly Mutator[]): ReadonlyMap<string, readonly string[]> {
  const kinds = new Map<string, Place>();
  for (const mutator of mutators) {
    for (const kind of mutator.applyTo?.kinds ?? []) {
      const root = kinds.get(kind) ?? newPlace();
      kinds.set(kind, root);
      note(root, mutator);
    }
  }
  const conflicts = new Map<string, Set<string>>();
  for (const root of kinds.values()) collect(root, conflicts);
  return new Map([...conflicts].map(([id, others]) => [id, [...others].filter((other) => other !== id).sort()]));
}

function note(root: Place, { id, path, holds }: Mutator): void {
  let place = root;
  for (const node of path) {
    const shape = node.type === 'object' ? 'object' : `list by ${node.key}`;
    addTo(place.shapes, shape, id);
    const key = node.type === 'object' ? `.${node.name}` : '[]';
    const child: Place = place.children.get(key) ?? newPlace();
    place.children.set(key, child);
    place = child;
  }
  if (holds !== 'anything') addTo(place.shapes, holds, id);
}

function collect({ shapes, children }: Place, conflicts: Map<string, Set<string>>): void {
  if (shapes.size > 1) {
    const all = [...shapes.values()].flatMap((ids) => [...ids]);
    for (const id of all) for (const other of all) addTo(conflicts, id, other);
  }
  for (const child of children.values()) collect(child, conflicts);
}

function newPlace(): Place {
  return { shapes: new Map(), children: new Map() };
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key) ?? new Set();
  set.add(value);
  map.set(key, set);
}
