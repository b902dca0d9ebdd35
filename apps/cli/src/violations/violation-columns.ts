import type { Column } from '../output/table.ts';
import { oneLine } from '../output/text.ts';

/** A violation as the server tells of it. */
export interface ViolationRow {
  readonly id: string;
  readonly policyId: string;
  /** As waivers name it. */
  readonly policy: { readonly name: string; readonly rule?: string };
  readonly severity?: string;
  readonly decision: string;
  readonly message: string;
  readonly object: {
    readonly cluster: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  readonly application?: { readonly namespace: string; readonly name: string };
  readonly since: string;
  readonly waivedBy?: string;
}

export const violationColumns: readonly Column<ViolationRow>[] = [
  { title: 'DECISION', text: ({ decision }) => decision },
  { title: 'POLICY', text: ({ policyId }) => policyId },
  // What `waiver create --policy` takes.
  { title: 'RULE', text: ({ policy: { name, rule } }) => (rule === undefined ? name : `${name}/${rule}`), wide: true },
  { title: 'OBJECT', text: objectOf },
  { title: 'APPLICATION', text: applicationOf },
  { title: 'CLUSTER', text: ({ object }) => object.cluster, wide: true },
  { title: 'SEVERITY', text: ({ severity }) => severity ?? '', wide: true },
  { title: 'SINCE', text: ({ since }) => seconds(since) },
  { title: 'WAIVED BY', text: ({ waivedBy }) => waivedBy ?? '', wide: true },
  { title: 'MESSAGE', text: ({ message }) => oneLine(message) },
];

function objectOf({ object }: ViolationRow): string {
  const { kind, namespace, name } = object;
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function applicationOf({ application }: ViolationRow): string {
  return application === undefined ? '' : application.name;
}

/** A time without fractions of a second. */
export function seconds(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
