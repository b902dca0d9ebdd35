import { createLru } from '@sekisho/base';
import type { Revision } from '@sekisho/git';
import { gvkOf, type Manifest } from '@sekisho/kube';
import type { RenderResult } from '@sekisho/render';
import type { ApplicationCondition } from '@sekisho/sync';
import type { CommitSignatures } from '../signatures/commit-signatures.ts';
import type { Application } from './application.ts';
import type { ApplicationSource } from './application-source.ts';
import type { Destinations } from './destinations.ts';
import { contextOf, referencedSources } from './source-context.ts';
import type { RenderedSource, Sources } from './sources.ts';

/** Manifests of all sources of an application, each at one revision. */
export interface Rendered {
  /** Of the first source. */
  readonly revision: Revision;
  /** Of each source, in their order. */
  readonly parts: readonly RenderedSource[];
  /** The commits of all sources in one text: equal texts mean the same commits. */
  readonly commits: string;
  readonly result: Omit<RenderResult, 'tool' | 'reads' | 'dependsOn' | 'key'>;
  /** RepeatedResourceWarning for objects that several sources have. */
  readonly conditions: readonly ApplicationCondition[];
}

/** What is rendered: the application's sources, or those that an operation brings along. */
export interface RenderWish {
  /** Default: the application's. */
  readonly sources?: readonly ApplicationSource[] | undefined;
  /** By source; where there is none, its target revision. */
  readonly revisions?: readonly (string | undefined)[] | undefined;
  readonly signal: AbortSignal;
}

/** The sources of an application, one or several, as one desired state. */
export interface MergedSources {
  /** Renders each source, if its commit is signed as the project asks, and puts the objects together; where two have the same object, the later source's counts. */
  render(application: Application, wish: RenderWish): Promise<Rendered>;
  /** Whether the newest commits of all sources give the same manifests. */
  isCurrent(sources: readonly ApplicationSource[], rendered: Rendered, signal: AbortSignal): Promise<boolean>;
  /** Fetches every repository now; all of them, also when one fails. @throws what the first one threw */
  refresh(application: Application, options: { hard: boolean; signal: AbortSignal }): Promise<void>;
  /** Why the last look at a repository failed, one text each. */
  troubles(sources: readonly ApplicationSource[]): string[];
}

/** Results that were put together and are still the same objects: what is compared by identity stays so. */
const KEPT = 4096;

/** @param destinations for what charts may ask of a cluster */
export function createMergedSources(
  sources: Sources,
  signatures: Pick<CommitSignatures, 'verify'>,
  destinations: Pick<Destinations, 'capabilities'>,
): MergedSources {
  const merged = createLru<string, Pick<Rendered, 'result' | 'conditions'>>({ maxWeight: KEPT });

  return {
    async render(application, { sources: wished = application.sources, revisions = [], signal }) {
      const parts: RenderedSource[] = [];
      const context = contextOf(application, wished, {
        revisions,
        cluster: await destinations.capabilities(application.spec.destination),
      });
      for (const [index, source] of wished.entries()) {
        parts.push(await sources.render(source, context, { revision: revisions[index], signal }));
      }
      await signatures.verify(
        application,
        // A chart of a repository has no commit: its digest is verified where it is fetched.
        wished.flatMap(({ repoURL, chart }, index) =>
          chart === undefined ? [{ repoURL, commit: parts[index]?.revision.commit ?? '' }] : [],
        ),
      );
      const [first] = parts;
      if (first === undefined) throw new Error('an application has at least one source');
      const commits = parts.map(({ revision }) => revision.commit).join(',');
      const together = { revision: first.revision, parts, commits };
      if (parts.length === 1) return { ...together, result: first.result, conditions: [] };
      const { namespace } = application.spec.destination;
      const key = JSON.stringify([namespace, ...parts.map((part) => part.key)]);
      let known = merged.get(key);
      if (known === undefined) {
        known = merge(parts, namespace);
        merged.set(key, known);
      }
      return { ...together, ...known };
    },
    async isCurrent(wished, rendered, signal) {
      const refs = referencedSources(wished);
      for (const [index, source] of wished.entries()) {
        const part = rendered.parts[index];
        if (part === undefined || !(await sources.isCurrent(source, refs, part, signal))) return false;
      }
      return true;
    },
    async refresh(application, options) {
      const context = contextOf(application, application.sources);
      const results = await Promise.allSettled(
        application.sources.map((source) => sources.refresh(source, { ...options, context })),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
    troubles(wished) {
      return [...new Set(wished.map((source) => sources.trouble(source)).filter((text) => text !== undefined))];
    },
  };
}

function merge(
  parts: readonly RenderedSource[],
  destinationNamespace: string,
): Pick<Rendered, 'result' | 'conditions'> {
  const objects = new Map<string, Manifest>();
  const counts = new Map<string, number>();
  let unnamed = 0;
  for (const { result } of parts) {
    for (const manifest of result.manifests) {
      const id = identity(manifest, destinationNamespace) ?? `#${unnamed++}`;
      counts.set(id, (counts.get(id) ?? 0) + 1);
      // The place in the order is the later source's, too.
      objects.delete(id);
      objects.set(id, manifest);
    }
  }
  const conditions: ApplicationCondition[] = [];
  for (const [id, count] of counts) {
    if (count < 2) continue;
    const message = `Resource ${id} appeared ${count} times among application resources; the last source that has it counts.`;
    conditions.push({ type: 'RepeatedResourceWarning', message });
  }
  const diagnostics = parts.flatMap(({ result }) => result.diagnostics);
  const files = parts.flatMap(({ result }) => result.files);
  return { result: { manifests: [...objects.values()], diagnostics, files }, conditions };
}

/** `group/Kind/namespace/name`; undefined for an object whose name is made by the API server. */
function identity({ object }: Manifest, destinationNamespace: string): string | undefined {
  const { name, namespace = destinationNamespace } = object.metadata;
  if (name === undefined) return undefined;
  const { group, kind } = gvkOf(object);
  return `${group}/${kind}/${namespace}/${name}`;
}
