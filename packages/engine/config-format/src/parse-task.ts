import { createLineIndex, type Diagnostic, type Position } from '@sekisho/base';
import { type ConfigDocument, type Members, Positions, setMember } from './document.ts';

/** Bounds of one file. */
export interface ParseLimits {
  /** Longest file, in bytes. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Deepest nesting. Default 200. */
  readonly maxDepth?: number;
  /** Characters and values that references, aliases and evaluation may add to those of the text. Default 10 million. */
  readonly maxExpansion?: number;
}

/** A file that another one imports. */
export interface ImportedFile {
  /** Where it was found: imports of its own are relative to it. */
  readonly path: string;
  readonly text: string;
}

export interface ParseOptions extends ParseLimits {
  /** Path of the file, for diagnostics and imports. */
  readonly file: string;
  /**
   * Finds the file that `specifier` names in `from`; undefined when there is none (or none may be read). Without it no import
   * works. Used by jsonnet.
   */
  readonly readImport?: (specifier: string, from: string) => ImportedFile | undefined;
  /**
   * What becomes of the text of a decimal number (JSON, JSONC, TOML, HCL, CUE). Default: a machine number. Numbers of at most
   * 15 digits and without exponent may become machine numbers without it being asked.
   */
  readonly makeNumber?: (text: string) => unknown;
  /** Texts of `.proto` files, where textproto looks its message types up. */
  readonly protoFiles?: readonly { readonly file: string; readonly text: string }[];
}

export type FaultCode =
  | 'CONFIG_SYNTAX'
  | 'CONFIG_DUPLICATE_KEY'
  | 'CONFIG_TOO_DEEP'
  | 'CONFIG_TOO_LARGE'
  | 'CONFIG_ENCODING'
  | 'CONFIG_REFERENCE'
  | 'CONFIG_EVALUATION'
  | 'CONFIG_UNSUPPORTED';

/** A fault after which a parser can't go on. Caught in this package. */
export class ConfigFault extends Error {
  readonly code: FaultCode;
  readonly offset: number;
  readonly hint: string | undefined;

  constructor(offset: number, message: string, code: FaultCode = 'CONFIG_SYNTAX', hint?: string) {
    super(message);
    this.offset = offset;
    this.code = code;
    this.hint = hint;
  }
}

/** Ends the reading of a text that has shown enough of its faults. */
export class TooManyFaults extends Error {}

/** One fault draws others after it; more than these help nobody. */
export const MAX_DIAGNOSTICS = 20;

/** What a parser gets: the text and its bounds, a place for faults and for positions. */
export class ParseTask {
  readonly text: string;
  readonly options: ParseOptions;
  readonly maxDepth: number;
  readonly positions = new Positions();
  readonly diagnostics: Diagnostic[] = [];
  #lineIndex: ((offset: number) => Position) | undefined;
  #expansion: number;

  constructor(text: string, options: ParseOptions) {
    this.text = text;
    this.options = options;
    this.maxDepth = options.maxDepth ?? 200;
    this.#expansion = options.maxExpansion ?? 10_000_000;
  }

  /** Line and column of an offset. Lines are counted when they are first asked for. */
  positionAt(offset: number): Position {
    this.#lineIndex ??= createLineIndex(this.text);
    return this.#lineIndex(offset);
  }

  get failed(): boolean {
    return this.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  }

  /** Takes a fault down; the parser goes on. */
  report(fault: ConfigFault, severity: 'error' | 'warning' = 'error'): void {
    if (this.diagnostics.length >= MAX_DIAGNOSTICS) throw new TooManyFaults();
    this.diagnostics.push({
      code: fault.code,
      severity,
      message: fault.message,
      origin: { file: this.options.file, ...this.positionAt(Math.min(fault.offset, this.text.length)) },
      ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    });
  }

  /** Called wherever a parser goes one level down. */
  checkDepth(depth: number, offset: number): void {
    if (depth > this.maxDepth)
      throw new ConfigFault(offset, `values are nested more than ${this.maxDepth} deep`, 'CONFIG_TOO_DEEP');
  }

  /** Pays for what the text doesn't hold itself: copies, expanded references, evaluation. */
  spend(amount: number, offset: number): void {
    this.#expansion -= amount;
    if (this.#expansion < 0)
      throw new ConfigFault(offset, 'references and expressions expand beyond the limit', 'CONFIG_TOO_LARGE');
  }

  number(text: string): unknown {
    return this.options.makeNumber === undefined ? Number(text) : this.options.makeNumber(text);
  }

  /** Sets a member and marks where it stands. */
  set(target: Members, key: string, value: unknown, offset: number): void {
    setMember(target, key, value);
    this.positions.mark(target, key, offset);
  }

  /** Appends an item and marks where it stands. */
  push(target: unknown[], value: unknown, offset: number): void {
    this.positions.mark(target, target.length, offset);
    target.push(value);
  }

  /** The one document of a text; `start` is where its first character stands. */
  document(value: unknown, start = 0): ConfigDocument {
    return {
      value,
      positionOf: (path) => {
        const offset = this.positions.find(value, path, start);
        return offset === undefined ? undefined : this.positionAt(offset);
      },
    };
  }
}

/** Reads a text whole. Faults are reported to the task or thrown as {@link ConfigFault}s. */
export type FormatParser = (task: ParseTask) => readonly ConfigDocument[];
