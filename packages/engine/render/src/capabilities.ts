/** What charts may ask of a cluster. */
export interface Capabilities {
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
}

/** What the source says, else what the cluster has. */
export function capabilitiesOf(
  source: Capabilities,
  cluster: Capabilities = {},
): { kubeVersion?: string; apiVersions?: readonly string[] } {
  const kubeVersion = source.kubeVersion || cluster.kubeVersion;
  const apiVersions = source.apiVersions ?? cluster.apiVersions;
  return {
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    ...(apiVersions === undefined ? {} : { apiVersions }),
  };
}
