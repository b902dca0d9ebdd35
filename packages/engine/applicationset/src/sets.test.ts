import { readFileSync } from 'node:fs';
import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { RESOURCES_FINALIZER } from '@sekisho/sync';
import { describe, expect, it } from 'vitest';
import type { MemorySources } from './memory-sources.ts';
import type { JsonRecord, PullRequestInfo } from './sources.ts';
import { generate, messages } from './testing/sets.ts';

interface Case {
  readonly title: string;
  readonly set: JsonRecord;
  readonly applications?: readonly JsonRecord[];
  readonly errors?: readonly string[];
}

function documents<T>(name: string): readonly T[] {
  const file = new URL(`../testdata/${name}`, import.meta.url);
  const { documents, diagnostics } = parseYamlDocuments(readFileSync(file, 'utf8'), { file: name });
  expect(diagnostics).toEqual([]);
  return documents.map(({ value }) => value as T);
}

const [{ pullRequests, plugin, ...sources }] = documents('world.yaml') as [
  MemorySources & { pullRequests: readonly PullRequestInfo[]; plugin: readonly JsonRecord[] },
];
const world: MemorySources = { ...sources, pullRequests: () => pullRequests, plugin: () => plugin };

/** Without what every Application has. */
function brief({ metadata: { namespace, finalizers = [], ...metadata }, spec }: KubeObject) {
  expect(namespace).toBe('argocd');
  const { project, ...rest } = spec as JsonRecord;
  return {
    metadata: { ...metadata, ...(finalizers.join() === RESOURCES_FINALIZER ? {} : { finalizers }) },
    spec: { ...rest, ...(project === 'default' ? {} : { project }) },
  };
}

describe('sets', () => {
  it.each(documents<Case>('sets.yaml'))('$title', async ({ set, applications = [], errors = [] }) => {
    const generated = await generate(set, world);
    const told = messages(generated);
    expect(told).toHaveLength(errors.length);
    errors.forEach((error, index) => {
      expect(told[index]).toContain(error);
    });
    if (errors.length === 0)
      expect(generated.applications.map(({ application }) => brief(application))).toEqual(applications);
  });
});
