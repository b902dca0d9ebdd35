import { goFunction, type TemplateFunction } from '@sekisho/gotemplate';

/** Go's `path.Clean`: `.` and `..` resolved, never empty. */
export function cleanPath(path: string): string {
  const isAbsolute = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!isAbsolute) kept.push(part);
  }
  const joined = kept.join('/');
  return isAbsolute ? `/${joined}` : joined === '' ? '.' : joined;
}

function baseName(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return cleanPath(path.slice(0, path.lastIndexOf('/') + 1));
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

const FUNCTIONS = {
  base: goFunction(['string'], baseName),
  dir: goFunction(['string'], folderOf),
  clean: goFunction(['string'], cleanPath),
  ext: goFunction(['string'], extension),
  isAbs: goFunction(['string'], (path: string) => path.startsWith('/')),
};

/** Paths of the machine are those of Linux wherever a render runs. */
export const pathFunctions: Readonly<Record<string, TemplateFunction>> = {
  ...FUNCTIONS,
  osBase: FUNCTIONS.base,
  osDir: FUNCTIONS.dir,
  osClean: FUNCTIONS.clean,
  osExt: FUNCTIONS.ext,
  osIsAbs: FUNCTIONS.isAbs,
};
