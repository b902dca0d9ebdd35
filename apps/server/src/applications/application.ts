import { type Diagnostic, formatDiagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { DEFAULT_PROJECT } from '@sekisho/project';
import { type ApplicationCondition, parseSyncOptions } from '@sekisho/sync';
import { z } from 'zod';
import { type ApplicationSource, applicationSource } from './application-source.ts';
import { checkSources, hasSeveralSources, sourcesOf } from './application-sources.ts';

const backoff = z.object({
  duration: z.string().optional(),
  factor: z.number().int().min(1).optional(),
  maxDuration: z.string().optional(),
});
const retry = z.object({
  limit: z.number().int().optional(),
  backoff: backoff.optional(),
  refresh: z.boolean().optional(),
});

const spec = z.object({
  project: z
    .string()
    .default('')
    .transform((name) => name || DEFAULT_PROJECT),
  source: applicationSource.optional(),
  sources: z.array(applicationSource).optional(),
  sourceHydrator: z.unknown().optional(),
  info: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  destination: z.object({
    server: z.string().optional(),
    name: z.string().optional(),
    namespace: z.string().default(''),
  }),
  syncPolicy: z
    .object({
      automated: z
        .object({
          prune: z.boolean().default(false),
          selfHeal: z.boolean().default(false),
          allowEmpty: z.boolean().default(false),
          enabled: z.boolean().default(true),
        })
        .optional(),
      syncOptions: z.array(z.string()).default([]),
      retry: retry.optional(),
      managedNamespaceMetadata: z
        .object({
          labels: z.record(z.string(), z.string()).optional(),
          annotations: z.record(z.string(), z.string()).optional(),
        })
        .optional(),
    })
    .default({ syncOptions: [] }),
  revisionHistoryLimit: z.number().int().min(0).default(10),
});

const operation = z.object({
  info: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  initiatedBy: z.object({ username: z.string().optional(), automated: z.boolean().optional() }).optional(),
  retry: retry.optional(),
  sync: z
    .object({
      revision: z.string().optional(),
      revisions: z.array(z.string()).optional(),
      source: applicationSource.optional(),
      sources: z.array(applicationSource).optional(),
      manifests: z.array(z.string()).max(0, 'is not supported: only what a repository holds is applied').optional(),
      prune: z.boolean().default(false),
      dryRun: z.boolean().default(false),
      syncOptions: z.array(z.string()).optional(),
      autoHealAttemptsCount: z.number().optional(),
      syncStrategy: z
        .object({
          apply: z.object({ force: z.boolean().optional() }).nullish(),
          hook: z.object({ force: z.boolean().optional() }).nullish(),
        })
        .optional(),
      resources: z
        .array(
          z.object({
            group: z.string().optional(),
            kind: z.string(),
            name: z.string(),
            namespace: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

export type ApplicationSpec = z.infer<typeof spec>;
export type Operation = z.infer<typeof operation>;

/** Fields of Argo CD's definition that change nothing here. Those that would make a render wrong are refused instead. */
function unreadFields(spec: ApplicationSpec): string[] {
  const found = spec.sourceHydrator === undefined ? [] : ['spec.sourceHydrator'];
  for (const [index, source] of sourcesOf(spec).entries()) {
    const path = hasSeveralSources(spec) ? `spec.sources[${index}]` : 'spec.source';
    if (source.tagPrefix !== undefined) found.push(`${path}.tagPrefix`);
    if (source.directory?.disableExtensionFilter === true) found.push(`${path}.directory.disableExtensionFilter`);
  }
  return found;
}

/** What the Application asks for and this version does not do: told as conditions, because the rest works. */
export function unsupportedWishes({ spec }: Application): ApplicationCondition[] {
  const messages = parseSyncOptions(spec.syncPolicy.syncOptions).diagnostics.map(formatDiagnostic);
  messages.push(...unreadFields(spec).map((path) => `${path} is not read by this version`));
  return messages.map((message) => ({ type: 'UnsupportedFieldWarning', message }));
}

/** An Application, read once at the border. */
export interface Application {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  /** Name in tracking annotations: `<name>`, or `<namespace>_<name>` outside the control namespace. */
  readonly instanceName: string;
  readonly spec: ApplicationSpec;
  /** `spec.sources`, else the one `spec.source`. */
  readonly sources: readonly ApplicationSource[];
  readonly hasSeveralSources: boolean;
  readonly operation: Operation | undefined;
  readonly object: KubeObject;
}

export type ParsedApplication = { readonly application: Application } | { readonly diagnostics: readonly Diagnostic[] };

/**
 * Reads an Application object. Everything wrong is reported together, with code APPLICATION_INVALID (the shape) or
 * APPLICATION_UNSUPPORTED (a source that this version doesn't render).
 *
 * @see Argo CD's documentation of the Application specification
 */
export function parseApplication(object: KubeObject, controlNamespace: string): ParsedApplication {
  const name = object.metadata.name ?? '';
  const namespace = object.metadata.namespace ?? '';
  const file = `application ${namespace}/${name}`;
  const diagnostics: Diagnostic[] = [];
  const invalid = (path: string, message: string, hint?: string) => {
    diagnostics.push({
      code: 'APPLICATION_INVALID',
      severity: 'error',
      message: `${path} ${message}`,
      origin: { file },
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const parsed = spec.safeParse(object['spec'] ?? {});
  const parsedOperation = operation.safeParse(object['operation'] ?? {});
  for (const issue of [...(parsed.error?.issues ?? []), ...(parsedOperation.error?.issues ?? [])]) {
    invalid(issue.path.join('.'), issue.message);
  }
  const value = parsed.data;
  if (value !== undefined) {
    const { destination } = value;
    if (destination.server === undefined && destination.name === undefined) {
      invalid(
        'spec.destination',
        'names no cluster.',
        'Set destination.server (https://kubernetes.default.svc is the embedded one) or destination.name.',
      );
    }
    if (destination.server !== undefined && destination.name !== undefined) {
      invalid('spec.destination', 'has both server and name.', 'Keep one of the two.');
    }
    diagnostics.push(...checkSources(value, file));
  }
  if (value === undefined || diagnostics.length > 0) return { diagnostics };
  return {
    application: {
      key: `${namespace}/${name}`,
      name,
      namespace,
      instanceName: namespace === controlNamespace ? name : `${namespace}_${name}`,
      spec: value,
      sources: sourcesOf(value),
      hasSeveralSources: hasSeveralSources(value),
      operation: object['operation'] === undefined ? undefined : parsedOperation.data,
      object,
    },
  };
}
