import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { formatDiagnostic } from '@sekisho/base';
import { type ConfigParser, formatOfPath, isFormatName, loadConfigParser } from '@sekisho/config-format';
import { type Builtin, BuiltinFault, type Value } from '@sekisho/rego';
import { makeNumber } from './exact-number.ts';
import type { PolicyFile } from './policy-files.ts';

const MAX_FILE_BYTES = 64 * 1024 * 1024;

const text = { kind: 'string' } as const;
const anything = { kind: 'any', of: [] } as const;
const texts = { kind: 'set', of: text } as const;
const textArray = { kind: 'array', static: [], dynamic: text } as const;

/**
 * Conftest's own built-in functions: `parse_config(format, text)`, `parse_config_file(path)` and
 * `parse_combined_config_files(paths)`. A path is looked for beside the policies, then in the current folder; files anywhere else
 * can't be read.
 */
export async function configBuiltins(files: readonly PolicyFile[], cwd: string): Promise<Builtin[]> {
  // Parsers of all formats are much code: most policies don't need them.
  const isUsed = files.some((file) => /\bparse_(?:combined_)?config/.test(file.text));
  const parser = isUsed ? await loadConfigParser() : undefined;
  const reader = new ConfigReader(parser, [...new Set(files.map(({ file }) => resolve(cwd, dirname(file))))], cwd);
  return [
    {
      name: 'parse_config',
      description: 'Parses the text of a configuration file.',
      type: { kind: 'function', args: [text, text], result: anything },
      evaluate: (context, format, content) => {
        context.spend(String(content).length);
        return reader.parse('parse_config', String(format), String(content), 'parse_config');
      },
    },
    {
      name: 'parse_config_file',
      description: 'Reads and parses a configuration file.',
      type: { kind: 'function', args: [text], result: anything },
      nondeterministic: true,
      evaluate: (_, path) => reader.readFile('parse_config_file', String(path)),
    },
    {
      name: 'parse_combined_config_files',
      description: 'Reads and parses configuration files as --combine does.',
      type: { kind: 'function', args: [{ kind: 'any', of: [textArray, texts] }], result: anything },
      nondeterministic: true,
      evaluate: (_, paths) => {
        const name = 'parse_combined_config_files';
        const list: string[] = (Array.isArray(paths) ? (paths as readonly Value[]) : []).map(String).sort();
        return list.map((path) => ({ path, contents: reader.readFile(name, path) }));
      },
    },
  ];
}

class ConfigReader {
  readonly #parser: ConfigParser | undefined;
  readonly #folders: readonly string[];
  readonly #cwd: string;

  constructor(parser: ConfigParser | undefined, folders: readonly string[], cwd: string) {
    this.#parser = parser;
    this.#folders = folders;
    this.#cwd = cwd;
  }

  readFile(builtin: string, path: string): Value {
    const found = [...this.#folders, this.#cwd]
      .map((folder) => this.#find(folder, path))
      .find((file) => file !== undefined);
    if (found === undefined) throw new BuiltinFault('eval_builtin_error', `${builtin}: there is no file ${path}`);
    const format = formatOfPath(path);
    if (format === undefined) throw new BuiltinFault('eval_builtin_error', `${builtin}: unknown format of ${path}`);
    return this.parse(builtin, format, readFileSync(found), path);
  }

  parse(builtin: string, format: string, content: Uint8Array | string, file: string): Value {
    if (!isFormatName(format)) throw new BuiltinFault('eval_builtin_error', `${builtin}: unknown parser: ${format}`);
    const result = this.#parser?.parse(format, content, { file, makeNumber });
    const fault = result?.diagnostics.find(({ severity }) => severity === 'error');
    if (fault !== undefined) throw new BuiltinFault('eval_builtin_error', `${builtin}: ${formatDiagnostic(fault)}`);
    const documents = result?.documents ?? [];
    return (documents.length === 1 ? documents[0]?.value : documents.map(({ value }) => value)) as Value;
  }

  /** Links are followed first: they don't lead out either. */
  #find(folder: string, path: string): string | undefined {
    try {
      const real = realpathSync(resolve(folder, path));
      const isInside = [folder, this.#cwd].some((root) => real.startsWith(`${realpathSync(root)}${sep}`));
      const info = statSync(real);
      return isInside && info.isFile() && info.size <= MAX_FILE_BYTES ? real : undefined;
    } catch {
      return undefined;
    }
  }
}
