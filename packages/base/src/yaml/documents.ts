import type { Diagnostic, Origin } from '../diagnostic.ts';
import { type ComposedDocument, compose, NestingTooDeep } from './compose.ts';
import { createLineIndex, type Position } from './line-index.ts';
import { readPlainDocument } from './plain-reader.ts';
import { offsetOfPath } from './positions.ts';
import { type Fault, offsetOf, toValue } from './values.ts';

export interface YamlOptions {
  /** Path of the file, for origins. */
  readonly file: string;
  readonly repo?: string | undefined;
  readonly revision?: string | undefined;
  /** Longest text, in UTF-16 units. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Default 10,000. */
  readonly maxDocuments?: number;
  /** Nodes that the aliases of one document may stand for. Default 100,000. */
  readonly maxAliasExpansion?: number;
  /** Deepest nesting of collections. Default 200. */
  readonly maxDepth?: number;
  /** What equal keys are. Default 'error'; with 'warning' the last one counts, as for a Kubernetes API server. */
  readonly duplicateKeys?: 'error' | 'warning';
}

export interface YamlDocument {
  /** JSON: null, boolean, number, string, array, plain object. Parts behind aliases are shared: read-only. */
  readonly value: unknown;
  /** The first thing in the document that is no comment. */
  readonly origin: Origin;
  /**
   * Where a path stands: of a map entry its key, of a list item its first character; `[]` is the document's start.
   * Undefined when there is no such path. The first call parses the document again.
   */
  positionOf(path: readonly (string | number)[]): Position | undefined;
}

export interface YamlResult {
  /** Documents without errors. Those that hold nothing but comments are left out. */
  readonly documents: YamlDocument[];
  /** Every fault found, in the order of the file. */
  readonly diagnostics: Diagnostic[];
}

interface Limits {
  readonly duplicateKeys: 'error' | 'warning';
  readonly maxBytes: number;
  readonly maxDocuments: number;
  readonly maxAliasExpansion: number;
  readonly maxDepth: number;
}

/** One fault draws others after it; more than these help nobody. */
const MAX_DIAGNOSTICS = 20;

/**
 * Reads a YAML (or JSON) text as Kubernetes does: YAML 1.1 booleans, no timestamps, `0777` and `0o777` octal, merge
 * keys, keys turned into strings. Stricter in one thing: equal keys are an error.
 *
 * Never throws. Codes: YAML_SYNTAX, YAML_DUPLICATE_KEY, YAML_ALIAS_BOMB, YAML_TOO_DEEP, YAML_TOO_LARGE,
 * YAML_TOO_MANY_DOCUMENTS, YAML_NUMBER_PRECISION (a warning).
 */
export function parseYamlDocuments(source: string, options: YamlOptions): YamlResult {
  const reader = createReader(options);
  for (const _ of reader.read(source));
  return reader.result;
}

/** {@link parseYamlDocuments} that lets others have their turn: it awaits `pause` after each document or so of work. */
export async function parseYamlGradually(
  source: string,
  options: YamlOptions,
  pause: () => Promise<void>,
): Promise<YamlResult> {
  const reader = createReader(options);
  let done = 0;
  for (const cost of reader.read(source)) {
    done += cost;
    if (done < COST_PER_TURN) continue;
    done = 0;
    await pause();
  }
  return reader.result;
}

/** In characters of the full parser; about 20 ms. */
const COST_PER_TURN = 20_000;
/** How much cheaper a character is for the plain reader. */
const PLAIN_SPEEDUP = 12;

function createReader(options: YamlOptions): FileReader {
  const limits: Limits = {
    maxBytes: options.maxBytes ?? 10 * 1024 * 1024,
    maxDocuments: options.maxDocuments ?? 10_000,
    maxAliasExpansion: options.maxAliasExpansion ?? 100_000,
    maxDepth: options.maxDepth ?? 200,
    duplicateKeys: options.duplicateKeys ?? 'error',
  };
  return new FileReader(options, limits);
}

class FileReader {
  readonly #file: Origin;
  readonly #limits: Limits;
  readonly #documents: YamlDocument[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  #lastLine = 0;
  #positionAt: (offset: number) => Position = createLineIndex('');

  constructor(options: YamlOptions, limits: Limits) {
    this.#file = {
      ...(options.repo === undefined ? {} : { repo: options.repo }),
      ...(options.revision === undefined ? {} : { revision: options.revision }),
      file: options.file,
    };
    this.#limits = limits;
  }

  get result(): YamlResult {
    return { documents: this.#documents, diagnostics: this.#diagnostics };
  }

  /** Reads document by document; yields what each one cost, in characters of the full parser. */
  *read(source: string): Generator<number, void> {
    if (source.length > this.#limits.maxBytes) {
      this.#diagnostics.push({
        code: 'YAML_TOO_LARGE',
        severity: 'error',
        message: `the file is larger than ${this.#limits.maxBytes} bytes`,
        origin: this.#file,
        hint: 'Split it into several files.',
      });
      return;
    }
    const text = normalise(source);
    this.#positionAt = createLineIndex(text);
    if (!this.#checkCharacters(text)) return;

    // Directives and `...` tie documents together: such a text is read whole.
    const isWhole = /(?<![^\n])(?:%|\.\.\.)/.test(text);
    for (const { start, end } of isWhole ? [{ start: 0, end: text.length }] : splitDocuments(text)) {
      if (this.#documents.length >= this.#limits.maxDocuments) {
        this.#report({
          code: 'YAML_TOO_MANY_DOCUMENTS',
          offset: start,
          message: `the file holds more than ${this.#limits.maxDocuments} documents`,
          hint: 'Split it into several files.',
        });
        break;
      }
      yield this.#readChunk(text, start, end, !isWhole);
    }
  }

  /** YAML allows no control characters; Kubernetes refuses them too. */
  #checkCharacters(text: string): boolean {
    const match = FORBIDDEN.exec(text);
    if (match === null) return true;
    const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    this.#report({ code: 'YAML_SYNTAX', offset: match.index, message: `the character U+${code} is not allowed` });
    return false;
  }

  #readChunk(text: string, start: number, end: number, canBePlain: boolean): number {
    const chunk = text.slice(start, end);
    const maxDepth = this.#limits.maxDepth;
    if (canBePlain) {
      const plain = readPlainDocument(chunk, maxDepth);
      if (plain !== undefined) {
        this.#documents.push(this.#document(plain.value, chunk, start, 0, plain.offset));
        return chunk.length / PLAIN_SPEEDUP;
      }
    }
    try {
      let index = 0;
      for (const composed of compose(chunk, maxDepth)) this.#readComposed(composed, chunk, start, index++);
    } catch (error) {
      this.#report(tooDeep(error, start, maxDepth));
    }
    return chunk.length;
  }

  #readComposed(composed: ComposedDocument, chunk: string, start: number, index: number): void {
    const { root, errors } = composed;
    for (const { offset, message } of errors) this.#report({ code: 'YAML_SYNTAX', offset: start + offset, message });
    if (errors.length > 0 || root === null || isEmptyDocument(chunk, root)) return;

    let broken = false;
    const value = toValue(root, this.#limits, (fault) => {
      broken ||= fault.severity !== 'warning';
      const other = fault.otherOffset === undefined ? {} : { otherOffset: start + fault.otherOffset };
      this.#report({ ...fault, offset: start + fault.offset, ...other });
    });
    if (!broken) this.#documents.push(this.#document(value, chunk, start, index, offsetOf(root)));
  }

  #document(value: unknown, chunk: string, start: number, index: number, rootOffset: number): YamlDocument {
    const positionAt = this.#positionAt;
    let root: ComposedDocument['root'] | undefined;
    const maxDepth = this.#limits.maxDepth;
    return {
      value,
      origin: { ...this.#file, ...positionAt(start + rootOffset) },
      positionOf(path) {
        root ??= [...compose(chunk, maxDepth)][index]?.root ?? null;
        const offset = offsetOfPath(root, path);
        return offset === undefined ? undefined : positionAt(start + offset);
      },
    };
  }

  #report(fault: Fault): void {
    const position = this.#positionAt(fault.offset);
    const severity = fault.severity ?? 'error';
    if (this.#diagnostics.length >= MAX_DIAGNOSTICS) return;
    // The first fault of a line is the one to mend; what follows on it is mostly its echo.
    if (fault.code === 'YAML_SYNTAX' && position.line === this.#lastLine) return;
    if (fault.code === 'YAML_SYNTAX') this.#lastLine = position.line;
    let message = fault.message;
    if (fault.otherOffset !== undefined) {
      const other = this.#positionAt(fault.otherOffset);
      message += ` at ${other.line}:${other.column}`;
    }
    this.#diagnostics.push({
      code: fault.code,
      severity,
      message,
      origin: { ...this.#file, ...position },
      ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    });
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be refused
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFEFF\uFFFE\uFFFF]/;

/** Without the byte order mark, with `\n` for every line end: neither moves a line or (after the mark) a column. */
function normalise(source: string): string {
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/**
 * Splits before each `---` line, which ends a document wherever it stands (in a block scalar, too). So one broken
 * document leaves the others readable.
 */
export function splitDocuments(text: string): { start: number; end: number }[] {
  const chunks: { start: number; end: number }[] = [];
  let start = 0;
  for (const match of text.matchAll(/(?<![^\n])---(?![^ \t\n])/g)) {
    if (match.index > start) chunks.push({ start, end: match.index });
    start = match.index;
  }
  chunks.push({ start, end: text.length });
  return chunks;
}

/** An empty node at the root: nothing but comments. A written `null` is no empty document. */
function isEmptyDocument(chunk: string, root: NonNullable<ComposedDocument['root']>): boolean {
  if (root.range === null || root.range === undefined) return true;
  const [from, to] = root.range;
  const properties = 'anchor' in root && root.anchor !== undefined;
  return from === to && !properties && root.tag === undefined && chunk.slice(from, to) === '';
}

function tooDeep(error: unknown, start: number, maxDepth: number): Fault {
  if (error instanceof NestingTooDeep || error instanceof RangeError) {
    return {
      code: 'YAML_TOO_DEEP',
      offset: start + (error instanceof NestingTooDeep ? error.offset : 0),
      message: `collections are nested more than ${maxDepth} deep`,
    };
  }
  return {
    code: 'YAML_SYNTAX',
    offset: start,
    message: `the document can't be read: ${error instanceof Error ? error.message : String(error)}`,
  };
}
