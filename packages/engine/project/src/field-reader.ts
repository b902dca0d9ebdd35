import { createFieldReader as createReader, type Diagnostic, type FieldReader as Reader } from '@sekisho/base';
import { type Pattern, parsePattern } from './pattern.ts';

type PatternOptions = Parameters<typeof parsePattern>[1];

/** Reads the fields of one JSON object, globs among them. */
export interface FieldReader extends Reader {
  patterns(field: string, options?: PatternOptions): readonly Pattern[];
  /** One glob; undefined when the field is absent. */
  pattern(field: string, options?: PatternOptions): Pattern | undefined;
  object(field: string): FieldReader | undefined;
  objects(field: string): readonly FieldReader[];
}

export function createFieldReader(
  value: unknown,
  options: { path: string; file: string; code: string; diagnostics: Diagnostic[] },
): FieldReader {
  return withPatterns(
    createReader(value, { ...options, unknownCode: 'PROJECT_FIELD_UNKNOWN', owner: 'an AppProject' }),
  );
}

function withPatterns(reader: Reader): FieldReader {
  function glob(text: string, at: string, how: PatternOptions): Pattern[] {
    const pattern = parsePattern(text, how);
    if (pattern !== undefined) return [pattern];
    reader.fault(
      at,
      `"${text}" is no glob`,
      'Close its brackets, or write \\ before those that are meant as they are.',
    );
    return [];
  }
  return {
    ...reader,
    patterns: (field, how) => reader.texts(field).flatMap((text, i) => glob(text, `${field}[${i}]`, how)),
    pattern(field, how) {
      const text = reader.text(field);
      return text === undefined ? undefined : glob(text, field, how)[0];
    },
    object(field) {
      const found = reader.object(field);
      return found === undefined ? undefined : withPatterns(found);
    },
    objects: (field) => reader.objects(field).map(withPatterns),
  };
}
