import { randomUUID } from 'node:crypto';
import { asRecord } from './as-record.ts';

/** In `operation.info`: the one id that an operation has in logs, audit log, traces and notifications. */
export const OPERATION_ID = 'sekisho.dev/operation-id';

/** Of an Application's `operation`; undefined when nobody gave it one. */
export function operationIdOf(operation: unknown): string | undefined {
  const { info } = asRecord(operation);
  const found = Array.isArray(info) ? info.map(asRecord).find(({ name }) => name === OPERATION_ID) : undefined;
  return typeof found?.['value'] === 'string' ? found['value'] : undefined;
}

/** The operation with an id: its own, or a new one. */
export function identified(operation: unknown): { readonly id: string; readonly operation: unknown } {
  const known = operationIdOf(operation);
  if (known !== undefined) return { id: known, operation };
  const id = randomUUID();
  const { info } = asRecord(operation);
  const more = [...(Array.isArray(info) ? info : []), { name: OPERATION_ID, value: id }];
  return { id, operation: { ...asRecord(operation), info: more } };
}
