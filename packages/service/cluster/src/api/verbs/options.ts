import type { Call } from '../call.ts';
import { badRequest, StatusError } from '../status-error.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly manager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly force: boolean;
}

/** The options that all writes share. The field manager falls back to the client's user agent, as upstream. */
export function writeOptions(call: Call): WriteOptions {
  const { query } = call;
  const validation = query['fieldValidation'] ?? 'Warn';
  if (validation !== 'Ignore' && validation !== 'Warn' && validation !== 'Strict') {
    throw invalidOption(
      'fieldValidation',
      `Unsupported value: "${validation}": supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  return {
    dryRun: dryRunOf(query['dryRun']),
    manager: managerOf(call),
    fieldValidation: validation,
    force: query['force'] === 'true' || query['force'] === '1',
  };
}

/** The options as an AdmissionRequest carries them. Patches are creations or updates there, as upstream has it. */
export function optionsObject(kind: 'CreateOptions' | 'UpdateOptions', options: WriteOptions): Record<string, unknown> {
  return {
    kind,
    apiVersion: 'meta.k8s.io/v1',
    fieldManager: options.manager,
    fieldValidation: options.fieldValidation,
    ...(options.dryRun ? { dryRun: ['All'] } : {}),
  };
}

/** Only `All` exists; absent means a real write. */
export function dryRunOf(value: unknown): boolean {
  if (value === undefined || value === '') return false;
  if (value === 'All' || (Array.isArray(value) && value.length === 1 && value[0] === 'All')) return true;
  if (Array.isArray(value) && value.length === 0) return false;
  throw invalidOption('dryRun', `Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
}

function managerOf(call: Call): string {
  const named = call.query['fieldManager'];
  if (named !== undefined && named !== '') {
    if (named.length > 128) throw invalidOption('fieldManager', 'Too long: may not be more than 128 bytes');
    return named;
  }
  const agent = call.request.userAgent ?? call.identity.fieldManager ?? 'unknown';
  const slash = agent.indexOf('/');
  return (slash < 0 ? agent : agent.slice(0, slash)).slice(0, 128) || 'unknown';
}

function invalidOption(field: string, message: string): StatusError {
  return new StatusError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'PatchOptions',
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  });
}

/** A whole number from the query. */
export function integerOption(call: Call, name: string): number | undefined {
  const text = call.query[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw badRequest(`invalid value for ${name}: ${JSON.stringify(text)}`);
  return value;
}

export function booleanOption(call: Call, name: string): boolean {
  const text = call.query[name];
  return text !== undefined && text !== 'false' && text !== '0';
}
