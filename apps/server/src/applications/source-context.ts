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
  /** When the Application was made, in milliseconds since 1970. */
  readonly createdAt: number;
  /** By name. */
  readonly refs: ReadonlyMap<string, ReferencedSource>;
  /** Undefined: what the destination can do is not known. */
  readonly cluster: ClusterCapabilities | undefined;
}

/** @param options  revisions: by source; where there is none, its target revision */
export function contextOf(
  {
    name,
    namespace,
    instanceName,
    spec,
    object,
  }: Pick<Application, 'name' | 'namespace' | 'instanceName' | 'spec' | 'object'>,
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
    createdAt: Date.parse(object.metadata.creationTimestamp ?? '') || 0,
    refs: referencedSources(sources, options.revisions),
    cluster: options.cluster,
  };
}

/** A certificate is seldom made for less than a year. */
const RENEWAL_MS = 90 * 24 * 3_600_000;

/**
 * The time that charts are rendered at. It stands still for 90 days, so that a render can be compared with the last one, and then
 * goes on, so that certificates of `genCA` are made anew long before they end.
 */
export function standingTime(createdAt: number, now: number): number {
  return createdAt + Math.max(0, Math.floor((now - createdAt) / RENEWAL_MS)) * RENEWAL_MS;
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
