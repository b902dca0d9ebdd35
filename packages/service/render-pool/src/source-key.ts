import { createHash } from 'node:crypto';
import type { RenderOptions, RenderResult } from '@sekisho/render';

/** What messages carry of a render's options. */
export type PlainOptions = Omit<RenderOptions, 'signal' | 'yield' | 'parse' | 'fetchChart' | 'refs'>;

export function plainOptions(options: RenderOptions): PlainOptions {
  const { signal: _signal, yield: _yield, parse: _parse, fetchChart: _fetchChart, refs: _refs, ...plain } = options;
  return plain;
}

/** Names of a source with what is said about rendering it, whatever its revision. Nothing of that can be read from a name. */
export interface SourceKeys {
  /** Without the application and the cluster: of results that depend on neither, which all their applications share. */
  readonly shared: string;
  /** With them. */
  readonly own: string;
}

/** @param variant tells apart what is rendered at several revisions in turn */
export function sourceKeys(options: RenderOptions, variant: string, version: string): SourceKeys {
  const { revision: _, application, release, cluster, time, ...plain } = plainOptions(options);
  const refs = [...(options.refs ?? [])].map(([name, { repo }]) => [name, repo]);
  const shared = hashOf([version, variant, plain, refs, options.fetchChart !== undefined]);
  return { shared, own: hashOf([shared, application, release, cluster, time]) };
}

export function keyOf({ dependsOn }: Pick<RenderResult, 'dependsOn'>, { shared, own }: SourceKeys): string {
  return dependsOn.length === 0 ? shared : own;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
