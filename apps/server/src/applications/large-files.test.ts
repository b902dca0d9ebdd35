import { expect, test } from 'vitest';
import { createLargeFileParser } from './large-files.ts';

test('createLargeFileParser reads manifests in a thread and tells faults with their position', async () => {
  const parser = createLargeFileParser();
  try {
    const good = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n';
    const [whole, broken] = await Promise.all([
      parser.parse(`${good}---\n${good.replace('one', 'two')}`, { file: 'all.yaml' }),
      parser.parse('apiVersion: v1\nkind: [', { file: 'broken.yaml' }),
    ]);
    expect(whole.manifests.map(({ object, origin }) => [object.metadata.name, origin.line])).toEqual([
      ['one', 1],
      ['two', 6],
    ]);
    expect(broken.diagnostics[0]).toMatchObject({ severity: 'error', origin: { file: 'broken.yaml' } });
  } finally {
    await parser.close();
  }
});

test('createLargeFileParser starts a new thread after a pause', async () => {
  const parser = createLargeFileParser();
  await parser.parse('', { file: 'a.yaml' });
  await parser.close();
  expect((await parser.parse('', { file: 'b.yaml' })).manifests).toEqual([]);
  await parser.close();
});
