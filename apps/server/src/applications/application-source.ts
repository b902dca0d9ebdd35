import type { HelmSource, KustomizeSource } from '@sekisho/render';
import { z } from 'zod';
import { decryption, postBuild } from '../source-secrets/schema.ts';

const texts = z.record(z.string(), z.string());
const flag = z.boolean().optional();
const text = z.string().optional();

const helm = z.looseObject({
  valueFiles: z.array(z.string()).optional(),
  ignoreMissingValueFiles: flag,
  values: text,
  valuesObject: z.record(z.string(), z.unknown()).optional(),
  parameters: z.array(z.object({ name: z.string(), value: text, forceString: flag })).optional(),
  fileParameters: z.array(z.object({ name: z.string(), path: z.string() })).optional(),
  releaseName: text,
  namespace: text,
  skipCrds: flag,
  skipTests: flag,
  skipSchemaValidation: flag,
  kubeVersion: text,
  apiVersions: z.array(z.string()).optional(),
  version: text,
  passCredentials: flag,
});

const kustomize = z.looseObject({
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  images: z.array(z.string()).optional(),
  replicas: z.array(z.object({ name: z.string(), count: z.union([z.number().int(), z.string()]) })).optional(),
  commonLabels: texts.optional(),
  forceCommonLabels: flag,
  labelWithoutSelector: flag,
  labelIncludeTemplates: flag,
  commonAnnotations: texts.optional(),
  forceCommonAnnotations: flag,
  commonAnnotationsEnvsubst: flag,
  components: z.array(z.string()).optional(),
  ignoreMissingComponents: flag,
  patches: z
    .array(
      z.object({
        path: text,
        patch: text,
        target: z.record(z.string(), z.unknown()).optional(),
        options: z.record(z.string(), z.boolean()).optional(),
      }),
    )
    .optional(),
  kubeVersion: text,
  apiVersions: z.array(z.string()).optional(),
  version: text,
});

/** One source of an Application, as it is written in its spec. */
export const applicationSource = z.object({
  repoURL: z.string().min(1, 'is empty'),
  path: z.string().optional(),
  targetRevision: z.string().optional(),
  chart: z.string().optional(),
  ref: z.string().optional(),
  name: z.string().optional(),
  tagPrefix: z.string().optional(),
  directory: z
    .object({
      recurse: z.boolean().optional(),
      include: z.string().optional(),
      exclude: z.string().optional(),
      jsonnet: z.unknown().optional(),
      disableExtensionFilter: z.boolean().optional(),
    })
    .optional(),
  helm: helm.optional() satisfies z.ZodType<HelmSource | undefined>,
  kustomize: kustomize.optional() satisfies z.ZodType<KustomizeSource | undefined>,
  plugin: z.unknown().optional(),
  decryption: decryption.optional(),
  postBuild: postBuild.optional(),
});

export type ApplicationSource = z.infer<typeof applicationSource>;

/** A source that has a name for others to read files of it, and no manifests of its own. */
export function isReferenceOnly(source: Pick<ApplicationSource, 'ref' | 'path' | 'chart'>): boolean {
  return source.ref !== undefined && source.path === undefined && source.chart === undefined;
}

/** Names of the other sources that this one reads files of: `$name/file`. */
export function referencesOf({ helm }: Pick<ApplicationSource, 'helm'>): string[] {
  const files = [...(helm?.valueFiles ?? []), ...(helm?.fileParameters ?? []).map(({ path }) => path)];
  return [...new Set(files.flatMap((file) => /^\$([a-zA-Z0-9_-]+)\//.exec(file)?.[1] ?? []))];
}
