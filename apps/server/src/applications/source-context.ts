import type { Application } from './application.ts';
import type { ApplicationSource } from './application-source.ts';
import type { ClusterCapabilities } from './cluster-capabilities.ts';

/** A source that others name as `$ref/path`. */
export interface ReferencedSource {
  readonly source: ApplicationSource;
  /** Default: its target revision. */
  readonly revision?: string | undefined;
}

/** What a source may be rendered from besides itself. */
export interface SourceContext {
  readonly application: { readonly name: string; readonly project: string };
  /** Of the Application: where the Secrets and ConfigMaps are that a source names. */
  readonly namespace: string;
  readonly release: { readonly name: string; readonly namespace: string };
  /** By name. */
  readonly refs: ReadonlyMap<string, ReferencedSource>;
  /** Undefined: what the destination can do is not known. */
  readonly cluster: ClusterCapabilities | undefined;
}

/** @param options  revisions: by source; where there is none, its target revision */
export function contextOf(
  { name, namespace, instanceName, spec }: Pick<Application, 'name' | 'namespace' | 'instanceName' | 'spec'>,
  sources: readonly ApplicationSource[],
  options: {
    readonly revisions?: readonly (string | undefined)[];
    readonly cluster?: ClusterCapabilities | undefined;
  } = {},
): SourceContext {
  return {
    application: { name: instanceName, project: spec.project },
    namespace,
    release: { name, namespace: spec.destination.namespace || 'default' },
    refs: referencedSources(sources, options.revisions),
    cluster: options.cluster,
  };
}

/** Those that have a name. */
export function referencedSources(
  sources: readonly ApplicationSource[],
  revisions: readonly (string | undefined)[] = [],
): ReadonlyMap<string, ReferencedSource> {
  const refs = new Map<string, ReferencedSource>();
  for (const [index, source] of sources.entries()) {
    if (source.ref !== undefined) refs.set(source.ref, { source, revision: revisions[index] });
  }
  return refs;
}
