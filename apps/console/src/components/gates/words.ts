import type { Gate, PolicyReference } from '../../api/gates.ts';

const KINDS: Readonly<Record<string, string>> = {
  rego: 'Rego',
  gatekeeper: 'Gatekeeper',
  admission: 'Admission policy',
  'best-practice': 'Best practice',
  stackrox: 'StackRox',
};

/** Where it comes from, in words. */
export const policyKind = (kind: string): string => KINDS[kind] ?? kind;

/** What people call it. */
export const policyTitle = ({ title, name }: PolicyReference): string => title ?? name;

export const GATE_WORDS: Readonly<Record<Gate, { readonly name: string; readonly when: string }>> = {
  check: { name: 'Check', when: 'by sekisho check, before it is committed' },
  sync: { name: 'Sync', when: 'before a sync, over what git says' },
  admission: { name: 'Admission', when: 'when somebody writes to the cluster' },
  audit: { name: 'Audit', when: 'again and again, over what runs' },
};
