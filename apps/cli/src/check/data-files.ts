import { relative, sep } from 'node:path';
import { formatDiagnostic, SekishoError } from '@sekisho/base';
import { parseConfig } from '@sekisho/config-format';
import { mergeDocuments } from '@sekisho/rego';
import { findFiles, readBounded } from './disk.ts';

const MAX_DATA_BYTES = 256 * 1024 * 1024;

type Members = Record<string, unknown>;

/**
 * JSON and YAML files as the document `data`: what a file holds stands under the names of the folders between it and the
 * folder that was named. `a.b:PATH` puts it under `a.b`.
 *
 * @param makeNumber  what becomes of numbers, so that large ones stay exact
 * @throws SekishoError PATH_MISSING, CHECK_DATA for a file that is no object or contradicts another, CHECK_FILE_TOO_LARGE
 */
export async function readData(
  paths: readonly string[],
  options: {
    readonly cwd: string;
    readonly signal: AbortSignal;
    readonly makeNumber?: (text: string) => unknown;
    /** Which paths of folders count, default all. */
    readonly accept?: (path: string) => boolean;
  },
): Promise<Members> {
  const root = emptyObject();
  for (const given of paths) {
    const { prefix, path } = splitPrefix(given);
    const { files, isFolder } = await findFiles(path, options);
    const top = isFolder ? path : undefined;
    for (const found of files) {
      if (!/\.(?:json|ya?ml)$/i.test(found.path)) continue;
      const format = found.path.toLowerCase().endsWith('.json') ? 'json' : 'yaml';
      const { documents, diagnostics } = await parseConfig(format, await readBounded(found, MAX_DATA_BYTES), {
        file: found.path,
        maxBytes: MAX_DATA_BYTES,
        ...(options.makeNumber === undefined ? {} : { makeNumber: options.makeNumber }),
      });
      const fault = diagnostics.find(({ severity }) => severity === 'error');
      if (fault !== undefined) throw new SekishoError('CHECK_DATA', `load documents: ${formatDiagnostic(fault)}`);
      if (documents.length === 0) continue;
      const folders = top === undefined ? [] : relative(top, found.path).split(sep).slice(0, -1);
      if (!mergeDocuments(root, wrapped([...prefix, ...folders], documents[0]?.value))) {
        throw new SekishoError('CHECK_DATA', `load documents: ${found.path}: merge error`, {
          hint: 'What it holds must be an object, and no value may stand where another file has a different one.',
        });
      }
    }
  }
  return root;
}

/** `a.b:PATH` */
export function splitPrefix(given: string): { prefix: string[]; path: string } {
  const match = /^([A-Za-z_][\w.]*):(?!\/\/)(.+)$/.exec(given);
  if (match === null) return { prefix: [], path: given };
  const names = (match[1] ?? '').split('.');
  return { prefix: names[0] === 'data' ? names.slice(1) : names, path: match[2] ?? '' };
}

function wrapped(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => setMember(emptyObject(), name, inner), value);
}

function emptyObject(): Members {
  return {};
}

/** `__proto__` is a name like any other. */
function setMember(target: Members, name: string, value: unknown): Members {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  return target;
}
