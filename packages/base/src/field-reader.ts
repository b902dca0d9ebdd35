import type { Diagnostic } from './diagnostic.ts';

/** Reads the fields of one JSON object; what is wrong is noted in a list that all readers of a file share. */
export interface FieldReader {
  readonly path: string;
  /** The object itself; an empty one when it was none. */
  readonly fields: Readonly<Record<string, unknown>>;
  has(field: string): boolean;
  text(field: string): string | undefined;
  flag(field: string): boolean | undefined;
  whole(field: string): number | undefined;
  /** Items of any kind; empty when the field is absent. */
  list(field: string): readonly unknown[];
  texts(field: string): readonly string[];
  /** A map whose values are text; empty when the field is absent. */
  textMap(field: string): Readonly<Record<string, string>>;
  /** A reader of the object in a field; undefined when it is absent. */
  object(field: string): FieldReader | undefined;
  /** A reader for each object of a list. */
  objects(field: string): readonly FieldReader[];
  /** Notes fields that nobody reads: mostly typing errors. */
  onlyFields(fields: readonly string[]): void;
  /** @param field '' for the object itself */
  fault(field: string, message: string, hint?: string): void;
  warning(code: string, field: string, message: string, hint?: string): void;
  /** Whether this reader noted an error. */
  hasFaults(): boolean;
}

export interface FieldReaderOptions {
  /** Where the object stands: `spec.roles[0]`; '' is the whole file. */
  readonly path: string;
  readonly file: string;
  /** Of faults. */
  readonly code: string;
  /** Of the warning for fields that nobody reads. */
  readonly unknownCode: string;
  /** What the fields belong to: `an AppProject`. */
  readonly owner: string;
  readonly diagnostics: Diagnostic[];
}

/** More than any list in a declarative object needs. */
const MAX_ENTRIES = 10_000;

export function createFieldReader(value: unknown, options: FieldReaderOptions): FieldReader {
  const { path, file, code, unknownCode, owner, diagnostics } = options;
  const fields = isRecord(value) ? value : {};
  let faults = 0;

  function pathOf(field: string): string {
    return field === '' ? path : path === '' ? field : `${path}.${field}`;
  }
  function note(severity: Diagnostic['severity'], what: string, field: string, message: string, hint?: string): void {
    if (severity === 'error') faults++;
    const text = `${pathOf(field)}: ${message}`;
    diagnostics.push({
      code: what,
      severity,
      message: text,
      origin: { file },
      ...(hint === undefined ? {} : { hint }),
    });
  }
  function fault(field: string, message: string, hint?: string): void {
    note('error', code, field, message, hint);
  }
  function typed<T>(field: string, type: string, is: (value: unknown) => value is T): T | undefined {
    const found = fields[field];
    if (found === undefined || found === null) return undefined;
    if (is(found)) return found;
    fault(field, `must be ${type}`);
    return undefined;
  }
  function list(field: string): readonly unknown[] {
    const found = typed(field, 'a list', (item): item is unknown[] => Array.isArray(item)) ?? [];
    if (found.length <= MAX_ENTRIES) return found;
    fault(field, `has ${found.length} entries; at most ${MAX_ENTRIES} are read`);
    return [];
  }
  function nested(item: unknown, at: string): FieldReader {
    return createFieldReader(item, { ...options, path: at });
  }

  if (value !== undefined && !isRecord(value)) fault('', 'must be an object');
  return {
    path,
    fields,
    has: (field) => fields[field] !== undefined && fields[field] !== null,
    text: (field) => typed(field, 'text', isText),
    flag: (field) => typed(field, 'true or false', (item): item is boolean => typeof item === 'boolean'),
    whole: (field) => typed(field, 'a whole number', (item): item is number => Number.isSafeInteger(item)),
    list,
    texts: (field) =>
      list(field).flatMap((item, i) => {
        if (isText(item)) return [item];
        fault(`${field}[${i}]`, 'must be text');
        return [];
      }),
    textMap(field) {
      const entries = Object.entries(typed(field, 'an object', isRecord) ?? {});
      for (const [key, item] of entries) if (!isText(item)) fault(`${field}.${key}`, 'must be text');
      return Object.fromEntries(entries.filter((entry): entry is [string, string] => isText(entry[1])));
    },
    object(field) {
      const found = typed(field, 'an object', isRecord);
      return found === undefined ? undefined : nested(found, pathOf(field));
    },
    objects: (field) => list(field).map((item, i) => nested(item, pathOf(`${field}[${i}]`))),
    onlyFields(known) {
      for (const field of Object.keys(fields)) {
        if (!known.includes(field)) note('warning', unknownCode, field, `is not a field of ${owner}`);
      }
    },
    fault,
    warning: (what, field, message, hint) => note('warning', what, field, message, hint),
    hasFaults: () => faults > 0,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
