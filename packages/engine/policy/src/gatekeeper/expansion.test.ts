import { describe, expect, it } from 'vitest';
import { compileExpansions, expandObject } from './expansion.ts';
import { documentsOf } from './testing/documents.ts';

function expansion(name: string, from: string, to: string, source = 'spec.template'): string {
  return `---
apiVersion: expansion.gatekeeper.sh/v1beta1
kind: ExpansionTemplate
metadata: {name: ${name}}
spec:
  applyTo: [{groups: [g], versions: [v1], kinds: [${from}]}]
  templateSource: ${source}
  generatedGVK: {group: g, version: v1, kind: ${to}}
`;
}

const A = {
  apiVersion: 'g/v1',
  kind: 'A',
  metadata: { name: 'a', namespace: 'shop' },
  spec: { template: { spec: { template: {} } } },
};

describe('expandObject', () => {
  it('follows templates to their end', () => {
    const compiled = compileExpansions(documentsOf(`${expansion('one', 'A', 'B')}${expansion('two', 'B', 'C')}`));
    const { resultants, error } = expandObject(compiled, A);
    expect(error).toBeUndefined();
    expect(resultants.map(({ object, expansion: { name } }) => [name, object.kind, object.metadata.name])).toEqual([
      ['one', 'B', 'a-b'],
      ['two', 'C', 'a-b-c'],
    ]);
    expect(resultants[1]?.object.metadata).toMatchObject({
      namespace: 'shop',
      ownerReferences: [{ kind: 'B', name: 'a-b' }],
    });
  });

  it('refuses those that lead back, and no others', () => {
    const text = `${expansion('one', 'A', 'B')}${expansion('two', 'B', 'A')}${expansion('three', 'C', 'D')}`;
    const { expansions, diagnostics } = compileExpansions(documentsOf(text));
    expect(expansions.map(({ name }) => name)).toEqual(['three']);
    expect(diagnostics.map(({ code }) => code)).toEqual(['GATEKEEPER_EXPANSION_CYCLE', 'GATEKEEPER_EXPANSION_CYCLE']);
  });

  it('says when there is no template where one should be', () => {
    const compiled = compileExpansions(documentsOf(expansion('one', 'A', 'B', 'spec.missing')));
    expect(expandObject(compiled, A)).toEqual({ resultants: [], error: 'one: A a has no object at spec.missing' });
  });
});
