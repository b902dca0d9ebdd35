import type { Diagnostic } from '@sekisho/base';
import type { BundleFiles, BundleLimits } from './bundle.ts';
import { bundleFault } from './faults.ts';

const DEFAULT_MAX_FILES = 20_000;
const DEFAULT_MAX_BYTES = 512 * 1024 * 1024;
const MAX_PATH = 4096;

/** Files by path without the slash before it, in the order of the paths. Faults for paths that are not safe, and for too much. */
export function readPaths(
  files: BundleFiles,
  limits: BundleLimits = {},
): { files: ReadonlyMap<string, Uint8Array>; faults: readonly Diagnostic[] } {
  const { maxFiles = DEFAULT_MAX_FILES, maxBytes = DEFAULT_MAX_BYTES } = limits;
  if (files.size > maxFiles) return tooLarge(`bundle of ${files.size} files; ${maxFiles} are allowed`);
  let bytes = 0;
  const faults: Diagnostic[] = [];
  const clean = new Map<string, Uint8Array>();
  for (const [name, content] of files) {
    bytes += content.length;
    const path = name.replace(/^\//, '');
    const problem = clean.has(path) ? 'the path is there twice' : pathProblem(path);
    if (problem === undefined) clean.set(path, content);
    else faults.push(bundleFault('BUNDLE_PATH', name.slice(0, 200), problem, 'Do not trust where this came from.'));
  }
  if (bytes > maxBytes) return tooLarge(`bundle of ${bytes} bytes; ${maxBytes} are allowed`);
  return { files: new Map([...clean].sort(([a], [b]) => (a < b ? -1 : 1))), faults };
}

function tooLarge(message: string) {
  return { files: new Map<string, Uint8Array>(), faults: [bundleFault('BUNDLE_TOO_LARGE', '', message)] };
}

function pathProblem(path: string): string | undefined {
  const parts = path.split('/');
  if (path.length > MAX_PATH) return 'the path is too long';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/^[A-Za-z]:|[\\\u0000-\u001f]/.test(path)) return 'the path is none of a bundle';
  if (parts.includes('..') || parts.includes('.')) return 'the path leads elsewhere';
  return parts.includes('') ? 'the path has an empty part' : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined when it is no UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
