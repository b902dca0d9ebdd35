import { parseGlob } from '@sekisho/base';

/** Whether paths match a pattern, and which directories may hold such paths: others need not be looked into. */
export interface PathPattern {
  matches(path: string): boolean;
  mayHold(directory: string): boolean;
}

/**
 * Go's path.Match, for directories: every star stops at `/`.
 * Undefined when the pattern is malformed.
 */
export function directoryPattern(pattern: string): PathPattern | undefined {
  if (/(?:^|[^\\])\[\^?\]/.test(pattern)) return undefined;
  // There `**` is no more than `*`, only `^` negates a class, and braces are nothing special.
  const spec = pattern
    .replace(/\*+/g, '*')
    .replace(/\[!([^\]-]+)\]/g, '[$1!]')
    .replace(/[{}]/g, '\\$&');
  const glob = parseGlob(spec, { separator: '/' });
  if (glob === undefined) return undefined;
  const parts = spec.split('/');
  const above = parts.map((_, index) => parseGlob(parts.slice(0, index).join('/'), { separator: '/' }));
  return {
    matches: (path) => glob.matches(path),
    mayHold(directory) {
      const depth = directory === '' ? 0 : directory.split('/').length;
      // A class may hold a `/`: then the parts say nothing.
      return depth < parts.length && (depth === 0 || (above[depth]?.matches(directory) ?? true));
    },
  };
}

/**
 * Git's pathspec, for files: a star matches `/` as well, and what is a path as it stands is a file or a directory.
 * Undefined when the pattern is malformed.
 */
export function filePattern(pattern: string): PathPattern | undefined {
  if (pattern === '') return undefined;
  const spec = pattern.replace(/\/(?:\.?\/)+/g, '/').replace(/^\.?(?:\/|$)/, '');
  const place = spec.replace(/\/$/, '');
  const wildcard = spec.search(/[*?[\\]/);
  if (wildcard < 0) {
    return {
      matches: (path) => isWithin(path, place),
      mayHold: (directory) => isWithin(directory, place) || isWithin(place, directory),
    };
  }
  const glob = parseGlob(spec.replace(/[{}]/g, '\\$&'));
  if (glob === undefined) return undefined;
  const fixed = spec.slice(0, wildcard);
  return {
    matches: (path) => glob.matches(path) || isWithin(path, place),
    mayHold: (directory) => directory === '' || fixed.startsWith(`${directory}/`) || `${directory}/`.startsWith(fixed),
  };
}

function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}
