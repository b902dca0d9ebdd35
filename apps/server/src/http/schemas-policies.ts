import { z } from 'zod';
import { kubeObject, origin } from './schemas.ts';

// What the HTTP API answers about policies and waivers.

const text = z.string();
const time = z.string().meta({ description: 'RFC 3339, UTC.' });

const gate = z.enum(['check', 'sync', 'admission', 'audit']);
const action = z.enum(['deny', 'warn', 'dryrun']);

export const policyFault = z
  .object({
    code: text,
    severity: z.enum(['error', 'warning']),
    message: text,
    origin: origin.exactOptional(),
    hint: text.exactOptional(),
  })
  .meta({ id: 'PolicyFault' });

export const policyRow = z
  .object({
    id: text.meta({
      description: '`gatekeeper/K8sRequiredLabels/owner`, `admission/no-latest`, `rego/platform/main`.',
    }),
    policy: z.object({
      kind: z.enum(['rego', 'gatekeeper', 'admission', 'best-practice', 'stackrox']),
      name: text,
      rule: text.exactOptional(),
      origin: origin.exactOptional(),
      url: text.exactOptional(),
    }),
    title: text,
    description: text.exactOptional(),
    severity: z.enum(['low', 'medium', 'high', 'critical']).exactOptional(),
    action: z.enum(['deny', 'warn', 'dryrun', 'scoped']).meta({
      description: 'As written; `scoped` when it depends on the gate.',
    }),
    gates: z.array(gate),
    enforcement: z.partialRecord(gate, action).meta({ description: 'What follows at each gate.' }),
    kinds: z.array(text).meta({ description: '`Pod`, `apps/Deployment`, `*`.' }),
    readsSurroundings: z.boolean().meta({ description: 'What it says depends on other objects of the cluster.' }),
    unavailable: text
      .exactOptional()
      .meta({ description: 'Why nobody knows what it says: until then it denies what it is asked about.' }),
  })
  .meta({ id: 'PolicyRow' });

export const policyList = z
  .object({
    items: z.array(policyRow),
    diagnostics: z
      .array(policyFault)
      .meta({ description: 'Faults of policies and waivers: what has an error does not count as it is written.' }),
  })
  .meta({ id: 'PolicyList' });

export const policyDetail = policyRow
  .extend({
    documents: z.array(kubeObject).meta({ description: 'Objects that it is made of.' }),
    files: z
      .array(z.object({ path: text, text }))
      .exactOptional()
      .meta({ description: 'Of a policy that lies in files.' }),
    revision: text.exactOptional().meta({ description: 'Of the files.' }),
    diagnostics: z.array(policyFault),
  })
  .meta({ id: 'PolicyDetail' });

export const waiverRow = z
  .object({
    id: text.meta({ description: '`namespace/name`.' }),
    namespace: text,
    name: text,
    policies: z.array(z.object({ kind: text.exactOptional(), name: text, rule: text.exactOptional() })),
    match: z.unknown().optional().meta({ description: "As a constraint's `match`." }),
    reason: text,
    owner: text,
    expires: time.exactOptional().meta({ description: 'From then on it counts no more.' }),
    state: z.enum(['active', 'expired', 'invalid']),
    message: text.exactOptional().meta({ description: 'Why it does not count.' }),
    origin: origin.exactOptional(),
    createdAt: time.exactOptional(),
  })
  .meta({ id: 'WaiverRow' });

export const waiverList = z.object({ items: z.array(waiverRow) }).meta({ id: 'WaiverList' });
