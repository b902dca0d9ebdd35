import type { FaultList, FieldPath } from '../gatekeeper/document.ts';

/** Notes fields that nobody reads: mostly typing errors. Code: POLICY_UNKNOWN_FIELD (a warning). */
export function noteUnknownFields(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: FieldPath,
  faults: FaultList,
): void {
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    faults.add([...path, field], `is not a field; there are ${known.join(', ')}`, {
      code: 'POLICY_UNKNOWN_FIELD',
      severity: 'warning',
    });
  }
}
