import { basename, sep } from 'node:path';

/**
 * Which paths `--ignore` leaves: patterns with `*`, `?` and `[..]`. A pattern without a slash is about names of files and
 * folders wherever they are; one with a slash about the path from the named folder's name on.
 */
export function ignoreFilter(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map((pattern) => {
    const glob = globPattern(pattern.replace(/\/$/, ''));
    return pattern.replace(/\/$/, '').includes('/')
      ? (path: string) => glob.test(path.split(sep).join('/').replace(/^\.\//, ''))
      : (path: string) => basename(path) !== '.' && glob.test(basename(path));
  });
  return (path) => !tests.some((test) => test(path));
}

function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/\*\*|[*?]|\[[^\]]+\]|[\\^$.|+(){}[\]]/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 2) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`, 'u');
}
