import { z } from 'zod';

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
  helm: z.unknown().optional(),
  kustomize: z.unknown().optional(),
  plugin: z.unknown().optional(),
});

export type ApplicationSource = z.infer<typeof applicationSource>;

/** A source that has a name for others to read files of it, and no manifests of its own. */
export function isReferenceOnly(source: Pick<ApplicationSource, 'ref' | 'path' | 'chart'>): boolean {
  return source.ref !== undefined && source.path === undefined && source.chart === undefined;
}
