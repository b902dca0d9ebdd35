import { z } from 'zod';
import { kubeObject } from './schemas.ts';

// What the routes of projects read and answer.

const text = z.string();
const texts = z.array(text);

export const projectFault = z.object({
  code: text,
  severity: z.enum(['error', 'warning']),
  message: text,
  hint: text.exactOptional(),
});

export const projectRow = z
  .object({
    name: text,
    description: text,
    valid: z.boolean().meta({ description: 'Whether it can be read; one that can not permits nothing.' }),
    faults: z.array(projectFault),
    sourceRepos: texts,
    destinations: z.array(z.object({ server: text, name: text, namespace: text })),
    sourceNamespaces: texts,
    roles: texts,
    windows: z.number().int(),
    applications: z.number().int().meta({ description: 'Those that the caller may see.' }),
    createdAt: text.exactOptional(),
    resourceVersion: text,
  })
  .meta({ id: 'ProjectRow', description: 'An AppProject as lists show it.' });

export const syncWindow = z
  .object({
    id: z.number().int().meta({ description: 'Its place in the project, from 0.' }),
    kind: z.enum(['allow', 'deny']),
    schedule: text,
    duration: text,
    timeZone: text,
    description: text,
    applications: texts,
    namespaces: texts,
    clusters: texts,
    manualSync: z.boolean(),
    syncOverrun: z.boolean(),
    andOperator: z.boolean(),
    open: z.boolean(),
    opens: z.boolean().meta({ description: 'False for a schedule that never comes.' }),
    changesAt: text.exactOptional().meta({ description: 'RFC 3339: when it opens or closes next, at the earliest.' }),
  })
  .meta({ id: 'SyncWindow' });

export const projectDetail = z
  .object({
    project: kubeObject,
    valid: z.boolean(),
    faults: z.array(projectFault),
    applications: z.array(z.object({ namespace: text, name: text })),
    windows: z.array(syncWindow),
  })
  .meta({ id: 'ProjectDetail' });

export const projectChanged = z
  .object({
    project: kubeObject,
    faults: z.array(projectFault).meta({ description: 'Warnings; with errors nothing is stored.' }),
    broken: z
      .array(z.object({ namespace: text, name: text, message: text }))
      .meta({ description: 'Applications that break the rules as they are now; they are not synced.' }),
  })
  .meta({ id: 'ProjectChanged' });

const name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a name of Kubernetes: lower case letters, digits, "-" and "."');
const stringMap = z.record(text, z.string().max(256 * 1024));

export const newProject = z.object({
  apiVersion: z.literal('argoproj.io/v1alpha1').optional(),
  kind: z.literal('AppProject').optional(),
  metadata: z.object({
    name,
    namespace: z.string().optional(),
    labels: stringMap.optional(),
    annotations: stringMap.optional(),
  }),
  spec: z.record(text, z.unknown()).default({}),
});

export const projectUpdate = z.object({
  metadata: z
    .object({
      resourceVersion: z.string().max(64).optional().meta({ description: 'Only when it is still this version.' }),
      labels: stringMap.optional(),
      annotations: stringMap.optional(),
    })
    .optional(),
  spec: z.record(text, z.unknown()),
});
