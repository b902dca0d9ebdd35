import type { FieldReader } from '@sekisho/base';
import { RE2JS, RE2JSSyntaxException } from 're2js';

const MAX_PATTERN = 4096;

/** The pattern in a field, in RE2's syntax; undefined when it is absent, or faulty: that is noted. */
export function readRegex(reader: FieldReader, field: string): RE2JS | undefined {
  const pattern = reader.text(field);
  if (pattern === undefined) return undefined;
  if (pattern.length > MAX_PATTERN) {
    reader.fault(field, `is a pattern of more than ${MAX_PATTERN} characters`);
    return undefined;
  }
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    reader.fault(field, `"${pattern}" is no regular expression: ${error.getDescription()}`);
    return undefined;
  }
}

/** Whether the pattern is found anywhere in the text; an absent one always is. */
export function finds(pattern: RE2JS | undefined, text: string): boolean {
  return pattern === undefined || pattern.matcher(text).find();
}
