import { z } from 'zod';

/** `spec.source.decryption`, in Flux's shape. */
export const decryption = z.object({
  provider: z.literal('sops', 'must be sops: there is no other provider'),
  /** A Secret in the Application's namespace that holds keys. Default: the installation's keys. */
  secretRef: z.object({ name: z.string().min(1, 'is empty') }).optional(),
});

/** `spec.source.postBuild`, in Flux's shape; `strict` is ours. */
export const postBuild = z.object({
  substitute: z.record(z.string(), z.string()).optional(),
  /** In the Application's namespace; later ones win, and `substitute` wins over all. */
  substituteFrom: z
    .array(
      z.object({
        kind: z.enum(['ConfigMap', 'Secret']),
        name: z.string().min(1, 'is empty'),
        optional: z.boolean().optional(),
      }),
    )
    .optional(),
  /** Whether a variable must have a value or a default. Default true. */
  strict: z.boolean().optional(),
});

/** The parts of a source that say what its files are rendered with. */
export interface SecretSettings {
  readonly decryption?: z.infer<typeof decryption> | undefined;
  readonly postBuild?: z.infer<typeof postBuild> | undefined;
}
