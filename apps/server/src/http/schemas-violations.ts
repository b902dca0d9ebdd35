import { z } from 'zod';
import { kubeObject } from './schemas.ts';

// What the HTTP API answers about violations of policies.

const text = z.string();
const time = z.string().meta({ description: 'RFC 3339, UTC.' });
const count = z.number().int();

export const violationDecision = z.enum(['deny', 'warn', 'dryrun', 'waived']);

export const violation = z
  .object({
    id: text.meta({ description: 'The same as long as the object breaks this rule of the policy.' }),
    policyId: text,
    policy: z.object({
      kind: z.enum(['rego', 'gatekeeper', 'admission', 'best-practice', 'stackrox']),
      name: text,
      rule: text.exactOptional(),
      title: text,
      url: text.exactOptional(),
    }),
    severity: z.enum(['low', 'medium', 'high', 'critical']).exactOptional(),
    decision: violationDecision.meta({
      description:
        'What it leads to where it is asked; `dryrun` is only noted, `waived` would be more without a waiver.',
    }),
    message: text,
    fields: z.array(text).meta({ description: 'What it is about: `spec.containers[name=web].image`.' }),
    remediation: text.exactOptional(),
    object: z.object({
      cluster: text.meta({ description: 'Its name, else its address.' }),
      group: text,
      version: text,
      kind: text,
      namespace: text,
      name: text,
    }),
    application: z
      .object({ namespace: text, name: text, project: text })
      .exactOptional()
      .meta({ description: 'The one that the object, or an owner of it, belongs to.' }),
    since: time,
    waivedBy: text.exactOptional().meta({ description: '`namespace/name` of the Waiver.' }),
    waiverExpires: time.exactOptional(),
    undecided: z.literal(true).exactOptional().meta({ description: 'The policy gave no answer.' }),
  })
  .meta({ id: 'Violation', description: 'A policy that an object of a cluster breaks now.' });

const facet = z.array(z.object({ value: text, count }));

export const violationList = z
  .object({
    items: z.array(violation),
    total: count.meta({ description: 'Of all pages.' }),
    next: text.exactOptional().meta({ description: 'Cursor of the next page; absent on the last.' }),
    facets: z.object({
      policy: facet,
      application: facet,
      project: facet,
      namespace: facet,
      cluster: facet,
      kind: facet,
      severity: facet,
      decision: facet,
    }),
    audit: z.object({
      objects: count.meta({ description: 'Objects that are audited.' }),
      pending: count.meta({ description: 'Objects that policies must be asked about yet.' }),
      finishedAt: time.exactOptional().meta({ description: 'When everything had been asked about; absent: not yet.' }),
    }),
  })
  .meta({ id: 'ViolationList' });

export const violationGroups = z
  .object({
    items: z.array(
      z.object({
        value: text.meta({ description: 'Id of the policy, `namespace/name` of the application, …' }),
        title: text.exactOptional().meta({ description: 'Of the policy.' }),
        total: count,
        deny: count,
        warn: count,
        dryrun: count,
        waived: count,
        oldest: time.meta({ description: 'Since when the oldest of them is there.' }),
      }),
    ),
    total: count.meta({ description: 'Violations in all groups.' }),
  })
  .meta({ id: 'ViolationGroups' });

export const violationHistory = z
  .object({
    buckets: z.array(z.object({ at: time, deny: count, warn: count, dryrun: count, waived: count })),
  })
  .meta({
    id: 'ViolationHistory',
    description: 'How many violations there were at the end of each day, oldest first.',
  });

export const objectVerdicts = z
  .object({
    items: z.array(
      violation.extend({
        origin: z
          .object({
            repo: text.exactOptional(),
            revision: text.exactOptional(),
            file: text,
            line: count.exactOptional(),
            column: count.exactOptional(),
          })
          .exactOptional()
          .meta({ description: 'The line of git that it is about.' }),
      }),
    ),
    pending: z.boolean().meta({ description: 'The object changed, and policies are being asked about it.' }),
    object: kubeObject
      .exactOptional()
      .meta({ description: 'As it runs, with the values of Secrets masked; of an object that breaks something.' }),
  })
  .meta({ id: 'ObjectVerdicts' });
