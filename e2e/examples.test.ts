import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formatDiagnostic, parseYamlDocuments } from '@sekisho/base';
import { createDiscovery } from '@sekisho/client';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import { repositoryRoot } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFiles } from '../tools/lib/source-files.ts';
import { APPLICATIONS } from './lib/resource-types.ts';
import { type ApplicationView, type Sekisho, startSekisho } from './lib/sekisho.ts';

interface Example {
  /** File, and for a block of a page its line. */
  readonly title: string;
  readonly text: string;
}

const root = repositoryRoot();
const examples: readonly Example[] = [
  ...listFiles(join(root, 'examples/applications'), ['.yaml']).map((file) => ({
    title: relative(root, file),
    text: readFileSync(file, 'utf8'),
  })),
  ...[join(root, 'README.md'), ...listFiles(join(root, 'docs'), ['.md'])].flatMap(yamlBlocks),
];
const configRepository = join(root, 'examples/config-repo');

/** The blocks of a page that are marked as YAML and begin like a Kubernetes object. */
function yamlBlocks(file: string): Example[] {
  const page = readFileSync(file, 'utf8');
  return [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .filter(([, text = '']) => text.includes('apiVersion:'))
    .map(({ 1: text = '', index }) => ({
      title: `${relative(root, file)}:${page.slice(0, index).split('\n').length}`,
      text,
    }));
}

function objectsOf({ title, text }: Example): KubeObject[] {
  const { documents, diagnostics } = parseYamlDocuments(text, { file: title });
  expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  return documents.map((document) => document.value as KubeObject);
}

let sekisho: Sekisho;
beforeAll(async () => {
  sekisho = await startSekisho();
});
afterAll(() => sekisho?.close());

describe('examples', () => {
  it('are found', () => {
    expect(examples.filter(({ title }) => title.startsWith('examples/')).length).toBeGreaterThan(3);
    expect(examples.filter(({ title }) => title.startsWith('docs/')).length).toBeGreaterThan(5);
  });

  it.each(examples)('$title is taken by the API server, with every field known', async (example) => {
    const discovery = createDiscovery(sekisho.kube);
    for (const object of objectsOf(example)) {
      const type = await discovery.resourceFor(gvkOf(object));
      if (type === undefined) throw new Error(`the API server serves no ${object.kind} of ${object.apiVersion}`);
      const metadata = type.namespaced ? { ...object.metadata, namespace: 'default' } : object.metadata;
      const options = { dryRun: true, fieldValidation: 'Strict' } as const;
      await sekisho.kube.create(type, { ...object, metadata }, options);
    }
  });

  const applications = examples.filter(({ text }) => /^kind: Application$/m.test(text));
  it.each(applications)('the Application of $title can be read', async (example) => {
    for (const object of objectsOf(example)) {
      const name = example.title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      const { metadata, ...rest } = object;
      await sekisho.kube.create(APPLICATIONS, { ...rest, metadata: { ...metadata, name, namespace: 'argocd' } });
      const { status } = await sekisho.until(name, (seen: ApplicationView) => seen.status !== undefined);
      // Its repository or cluster need not be there; that is another condition.
      expect(status?.conditions?.filter(({ type }) => type === 'InvalidSpecError') ?? []).toEqual([]);
    }
  });

  const folders = readdirSync(configRepository, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  it.each(folders.map(({ name }) => name))('config-repo/%s renders without a word', async (folder) => {
    const { code, stdout, stderr } = await sekisho.cli(['render', join(configRepository, folder), '-o', 'name']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // As kubectl names things: kind, group when there is one, name.
    for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^[a-z]+(\.[a-z0-9.]+)?\/[a-z0-9.-]+$/);
  });
});
