import { basename, dirname, resolve } from 'node:path';
import { type Diagnostic, formatDiagnostic, SekishoError } from '@sekisho/base';
import {
  type ConfigDocument,
  FORMAT_NAMES,
  type FormatName,
  formatOfPath,
  isFormatName,
  parseConfig,
} from '@sekisho/config-format';
import { type FoundFile, findFiles, readBounded } from './disk.ts';
import type { CheckWorld } from './world.ts';

/** A configuration file that was read. */
export interface InputFile {
  /** As results name it: as it was given; of standard input what `--stdin-filename` says. */
  readonly name: string;
  /** As diagnostics name it; `-` is standard input. */
  readonly path: string;
  /** What policies see as `data.conftest.file`. */
  readonly file: { readonly name: string; readonly dir: string };
  readonly documents: readonly ConfigDocument[];
  /** What `parse` prints: a list that is the only document of a file is one value. */
  readonly value: unknown;
}

export interface InputOptions {
  readonly parser: string | undefined;
  /** A regular expression. */
  readonly ignore: string | undefined;
  readonly stdinFilename: string;
  readonly protoFileDirs: readonly string[];
  readonly makeNumber?: (text: string) => unknown;
  readonly signal: AbortSignal;
  /** Told how far it is. */
  readonly onProgress?: (done: number, total: number, path: string) => void;
}

const MAX_INPUT_BYTES = 256 * 1024 * 1024;

/**
 * Finds the files that were named, and those in folders that were named whose format is known by their names.
 *
 * @throws SekishoError PATH_MISSING, CHECK_IGNORE, CHECK_NO_FILES
 */
export async function findInputs(
  paths: readonly string[],
  options: InputOptions,
  world: CheckWorld,
): Promise<FoundFile[]> {
  const ignored = ignorePattern(options.ignore);
  const found = new Map<string, FoundFile>();
  for (const path of paths) {
    if (path === '') continue;
    if (path === '-') {
      found.set('-', { path, absolute: path });
      continue;
    }
    const accept = (inner: string) => ignored?.test(inner) !== true;
    if (!accept(path)) continue;
    const { files, isFolder } = await findFiles(path, { cwd: world.cwd, signal: options.signal, accept });
    for (const file of files) {
      if (!isFolder || formatOfPath(file.path) !== undefined) found.set(file.absolute, file);
    }
  }
  if (found.size === 0) {
    throw new SekishoError('CHECK_NO_FILES', 'parse files: no files found', {
      hint: 'Of folders the files count whose format is known by their names, without what --ignore passes over.',
    });
  }
  return [...found.values()];
}

function ignorePattern(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new SekishoError('CHECK_IGNORE', `given regexp couldn't be parsed: ${text}`, {
      cause,
      hint: '--ignore takes a regular expression, such as "\\.ya?ml$" or "^vendor/".',
    });
  }
}

/**
 * Reads files in their formats. All faults of all files are reported, in one error.
 *
 * @throws SekishoError CHECK_INPUT with the faults as `details.diagnostics`, CHECK_FORMAT, CHECK_FILE_TOO_LARGE
 */
export async function readInputs(
  files: readonly FoundFile[],
  options: InputOptions,
  world: CheckWorld,
): Promise<InputFile[]> {
  const protoFiles = await readProtoFiles(options, world);
  const inputs: InputFile[] = [];
  const faults: Diagnostic[] = [];
  for (const [index, found] of files.entries()) {
    options.signal.throwIfAborted();
    options.onProgress?.(index, files.length, found.path);
    const content = found.path === '-' ? await world.readStdin() : await readBounded(found, MAX_INPUT_BYTES);
    const { documents, diagnostics } = await parseConfig(formatOf(found.path, options.parser), content, {
      file: found.path,
      maxBytes: MAX_INPUT_BYTES,
      protoFiles,
      ...(options.makeNumber === undefined ? {} : { makeNumber: options.makeNumber }),
    });
    faults.push(...diagnostics.filter(({ severity }) => severity === 'error'));
    const isStdin = found.path === '-';
    inputs.push({
      name: isStdin ? options.stdinFilename : found.path,
      path: found.path,
      file: isStdin
        ? { name: basename(options.stdinFilename), dir: '' }
        : { name: basename(found.path), dir: dirname(resolve(world.cwd, found.path)) },
      documents: splitLists(documents),
      value: documents.length === 1 ? documents[0]?.value : documents.map(({ value }) => value),
    });
  }
  if (faults.length > 0) {
    const count = faults.length === 1 ? '' : `${faults.length} faults:\n`;
    throw new SekishoError('CHECK_INPUT', `parse configurations: ${count}${faults.map(formatDiagnostic).join('\n')}`, {
      details: { diagnostics: faults },
    });
  }
  return inputs;
}

/** A list that is the only document of a file stands for several documents, as in Conftest. */
function splitLists(documents: readonly ConfigDocument[]): readonly ConfigDocument[] {
  const [only] = documents;
  if (documents.length !== 1 || only === undefined || !Array.isArray(only.value)) return documents;
  const items: readonly unknown[] = only.value;
  return items.map((value, index) => ({ value, positionOf: (path) => only.positionOf([index, ...path]) }));
}

function formatOf(path: string, parser: string | undefined): FormatName {
  if (parser !== undefined) {
    if (isFormatName(parser)) return parser;
    throw new SekishoError('CHECK_FORMAT', `parse configurations: unknown parser: ${parser}, path: ${path}`, {
      hint: `Known: ${FORMAT_NAMES.join(', ')}.`,
    });
  }
  const format = formatOfPath(path);
  if (format !== undefined) return format;
  throw new SekishoError('CHECK_FORMAT', `parse configurations: the format of ${path} is not known by its name`, {
    hint: `Name it with --parser: ${FORMAT_NAMES.join(', ')}.`,
  });
}

const MAX_PROTO_BYTES = 4 * 1024 * 1024;

async function readProtoFiles(options: InputOptions, world: CheckWorld): Promise<{ file: string; text: string }[]> {
  const texts: { file: string; text: string }[] = [];
  for (const folder of options.protoFileDirs) {
    const { files } = await findFiles(folder, { cwd: world.cwd, signal: options.signal });
    for (const found of files) {
      if (!found.path.endsWith('.proto')) continue;
      texts.push({ file: found.path, text: (await readBounded(found, MAX_PROTO_BYTES)).toString('utf8') });
    }
  }
  return texts;
}
