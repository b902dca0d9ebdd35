import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { generateApplications } from '../generate.ts';
import type { Generated, GenerateOptions } from '../generate-types.ts';
import { type MemorySources, memorySources } from '../memory-sources.ts';
import type { ApplicationSet, Parameters } from '../spec/application-set.ts';
import { parseApplicationSet } from '../spec/parse-application-set.ts';

export const TEMPLATE = {
  metadata: { name: 'app' },
  spec: { project: 'default', source: { repoURL: 'https://git.example/app' }, destination: { namespace: 'app' } },
};

/** A set with one generator and a template that says little, unless told otherwise. */
export function setObject(spec: Readonly<Record<string, unknown>>): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'fleet', namespace: 'argocd', uid: 'set-uid' },
    spec: { template: TEMPLATE, ...spec },
  };
}

/** @throws Error with all messages when the set has errors */
export function parseSet(spec: Readonly<Record<string, unknown>>): ApplicationSet {
  const { set, diagnostics } = parseApplicationSet(setObject(spec));
  if (set === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return set;
}

export function generate(
  spec: Readonly<Record<string, unknown>>,
  world: MemorySources = {},
  options: Partial<GenerateOptions> = {},
): Promise<Generated> {
  return generateApplications(parseSet(spec), memorySources(world), { now: 0, ...options });
}

/** The parameter sets of one generator. @throws Error with all messages when it fails */
export async function paramsOf(
  generator: Readonly<Record<string, unknown>>,
  world: MemorySources = {},
  spec: Readonly<Record<string, unknown>> = {},
): Promise<readonly Parameters[]> {
  const generated = await generate({ ...spec, generators: [generator] }, world);
  if (generated.failure !== undefined) throw new Error(messages(generated).join('\n'));
  return generated.applications.map(({ params }) => params);
}

export function messages({ diagnostics }: Pick<Generated, 'diagnostics'>): string[] {
  return diagnostics.map(({ message }) => message);
}

export function yaml(text: string): Record<string, unknown> {
  const { documents, diagnostics } = parseYamlDocuments(text, { file: 'test.yaml' });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return documents[0]?.value as Record<string, unknown>;
}
