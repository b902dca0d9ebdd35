/**
 * The plain form of a path inside a repository: `/` between names, no `.`, no empty name; '' is the root.
 * Undefined for a path that leaves the repository or isn't one: absolute, `..` beyond the root, backslash, NUL.
 */
export function normalisePath(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0')) return undefined;
  return joinPath('', path);
}

/** `path` seen from the directory `from`; undefined when it leaves the root. */
export function joinPath(from: string, path: string): string | undefined {
  const names = from === '' ? [] : from.split('/');
  for (const name of path.split('/')) {
    if (name === '..') {
      if (names.pop() === undefined) return undefined;
    } else if (name !== '' && name !== '.') names.push(name);
  }
  return names.join('/');
}

export function childPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
