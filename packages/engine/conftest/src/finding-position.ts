import type { CheckDocument, FilePosition, InputPath } from './evaluator.ts';

/**
 * Where the nodes are that findings of one rule are about: of the paths that a finding's derivation read, the deepest that
 * not all findings read too, and of several the one read last. A node that is missing (the rule complains that it is) stands
 * for the nearest one above it.
 *
 * @param pathsOf of each finding, in the order of reading
 */
export function positionsOf(
  pathsOf: readonly (readonly InputPath[])[],
  document: CheckDocument,
): (FilePosition | undefined)[] {
  return pathsOfFindings(pathsOf).map((path) => nearestPosition(path ?? [], document));
}

/**
 * Of each finding the one path that it is about, as {@link positionsOf} takes it; undefined when nothing is known.
 *
 * @param pathsOf of each finding of a rule, in the order of reading
 */
export function pathsOfFindings(pathsOf: readonly (readonly InputPath[])[]): (InputPath | undefined)[] {
  const shared = sharedPaths(pathsOf);
  return pathsOf.map((paths) => {
    const own = paths.filter((path) => !shared.has(keyOf(path)));
    return deepestLast(own.length > 0 ? own : paths);
  });
}

/** Paths that say nothing about one finding, because all read them. With one finding there are none. */
function sharedPaths(pathsOf: readonly (readonly InputPath[])[]): ReadonlySet<string> {
  if (pathsOf.length < 2) return new Set();
  const counts = new Map<string, number>();
  for (const paths of pathsOf) {
    for (const key of new Set(paths.map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count === pathsOf.length).map(([key]) => key));
}

function deepestLast(paths: readonly InputPath[]): InputPath | undefined {
  let found: InputPath | undefined;
  for (const path of paths) if (found === undefined || path.length >= found.length) found = path;
  return found;
}

function nearestPosition(path: InputPath, document: CheckDocument): FilePosition | undefined {
  for (let length = path.length; length >= 0; length--) {
    const position = document.positionOf?.(path.slice(0, length));
    if (position !== undefined) return position;
  }
  return undefined;
}

function keyOf(path: InputPath): string {
  return JSON.stringify(path);
}
