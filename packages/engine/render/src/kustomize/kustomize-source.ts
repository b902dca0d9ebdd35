import type { Fields } from '../fields.ts';

/** An Application's `source.kustomize`: changes to the kustomization of the source's path, made before it is built. */
export interface KustomizeSource {
  readonly namePrefix?: string | undefined;
  readonly nameSuffix?: string | undefined;
  readonly namespace?: string | undefined;
  /** `name=newName:tag`, `name:tag`, `name@digest`. */
  readonly images?: readonly string[] | undefined;
  readonly replicas?: readonly { readonly name: string; readonly count: number | string }[] | undefined;
  readonly commonLabels?: Readonly<Record<string, string>> | undefined;
  /** Labels that are there already are overwritten. */
  readonly forceCommonLabels?: boolean | undefined;
  readonly labelWithoutSelector?: boolean | undefined;
  /** Only with labelWithoutSelector. */
  readonly labelIncludeTemplates?: boolean | undefined;
  readonly commonAnnotations?: Readonly<Record<string, string>> | undefined;
  readonly forceCommonAnnotations?: boolean | undefined;
  readonly commonAnnotationsEnvsubst?: boolean | undefined;
  readonly components?: readonly string[] | undefined;
  readonly ignoreMissingComponents?: boolean | undefined;
  readonly patches?: readonly KustomizePatch[] | undefined;
  /** Of charts in `helmCharts`. */
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  /** Accepted: there is one version of Kustomize. */
  readonly version?: string | undefined;
}

export interface KustomizePatch {
  readonly path?: string | undefined;
  readonly patch?: string | undefined;
  readonly target?: Fields | undefined;
  readonly options?: Readonly<Record<string, boolean>> | undefined;
}
