import type { Diagnostic } from '@sekisho/base';
import type { RegoFault } from '../fault.ts';

/** What can be wrong with a bundle. */
export type BundleFaultCode =
  /** A path that is absolute twice, leads out (`..`), is empty or given twice. */
  | 'BUNDLE_PATH'
  /** Too many files, or too many bytes. */
  | 'BUNDLE_TOO_LARGE'
  /** A text is no UTF-8. */
  | 'BUNDLE_ENCODING'
  | 'BUNDLE_MANIFEST'
  /** A data file is no JSON, or no YAML, or no object at the root. */
  | 'BUNDLE_DATA'
  /** Two files give a value to one path. */
  | 'BUNDLE_DATA_CONFLICT'
  /** A module can't be read. */
  | 'BUNDLE_MODULE'
  /** Data or a package outside of the roots. */
  | 'BUNDLE_ROOTS'
  /** Roots that are inside of others, in one bundle or several. */
  | 'BUNDLE_ROOTS_OVERLAP'
  | 'BUNDLE_PATCH'
  /** It is not signed, not by that key, or is another one than was signed. */
  | 'BUNDLE_SIGNATURE'
  /** There is no such document to optimise for. */
  | 'BUNDLE_ENTRYPOINT';

export function bundleFault(code: BundleFaultCode, file: string, message: string, hint?: string): Diagnostic {
  return { code, severity: 'error', message, origin: { file }, ...(hint !== undefined && { hint }) };
}

/** A fault of a module as one of the bundle. */
export function moduleFault({ code, message, location }: RegoFault): Diagnostic {
  const origin = location && { file: location.file, line: location.row, column: location.col };
  return { code: 'BUNDLE_MODULE', severity: 'error', message: `${code}: ${message}`, ...(origin && { origin }) };
}
