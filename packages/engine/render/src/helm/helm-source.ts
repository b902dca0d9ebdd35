import type { Fields } from '../fields.ts';

/** An Application's `source.helm`. */
export interface HelmSource {
  /** Below the source's path; `/x` from the root of the repository; `$ref/x` from that of another source. Globs are allowed. */
  readonly valueFiles?: readonly string[] | undefined;
  readonly ignoreMissingValueFiles?: boolean | undefined;
  /** YAML; over the files. */
  readonly values?: string | undefined;
  /** In the place of `values`. */
  readonly valuesObject?: Fields | undefined;
  readonly parameters?: readonly HelmParameter[] | undefined;
  readonly fileParameters?: readonly { readonly name: string; readonly path: string }[] | undefined;
  readonly releaseName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly skipCrds?: boolean | undefined;
  readonly skipTests?: boolean | undefined;
  readonly skipSchemaValidation?: boolean | undefined;
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  /** Accepted: there is one version of Helm. */
  readonly version?: string | undefined;
  /** Accepted: credentials belong to the repository they are written for. */
  readonly passCredentials?: boolean | undefined;
}

export interface HelmParameter {
  readonly name: string;
  readonly value?: string | undefined;
  readonly forceString?: boolean | undefined;
}
