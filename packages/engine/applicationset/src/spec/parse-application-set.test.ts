import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSet, setObject, TEMPLATE } from '../testing/sets.ts';
import { parseApplicationSet } from './parse-application-set.ts';

const LIST = { list: { elements: [] } };

function faults(spec: Readonly<Record<string, unknown>>): string[] {
  const { diagnostics, set } = parseApplicationSet(setObject({ generators: [LIST], ...spec }));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(set === undefined).toBe(errors.length > 0);
  return errors.map(({ message }) => message);
}

function nest(depth: number): object {
  return depth === 0 ? LIST : { matrix: { generators: [LIST, nest(depth - 1)] } };
}

describe('parseApplicationSet', () => {
  it('reads what is there, and fills in what is not', () => {
    expect(parseSet({ generators: [] }).spec).toEqual({
      generators: [],
      template: TEMPLATE,
      goTemplate: false,
      goTemplateOptions: [],
      preserveResourcesOnDeletion: false,
      strategy: { type: 'AllAtOnce', deletionOrder: 'AllAtOnce' },
      preservedFields: { annotations: [], labels: [] },
      ignoreApplicationDifferences: [],
    });
  });

  it('reads the steps of a rollout', () => {
    const matchExpressions = [{ key: 'env', operator: 'In', values: ['dev'] }];
    const steps = [{ matchExpressions }, { maxUpdate: 2 }, { maxUpdate: '25%' }, { maxUpdate: 0 }];
    const strategy = { type: 'RollingSync', rollingSync: { steps }, deletionOrder: 'reverse' };
    expect(parseSet({ generators: [], strategy }).spec.strategy).toEqual({
      type: 'RollingSync',
      deletionOrder: 'Reverse',
      steps: [
        { match: [{ key: 'env', operator: 'in', values: ['dev'] }] },
        { match: [], maxUpdate: 2 },
        { match: [], maxUpdate: '25%' },
        { match: [], maxUpdate: 0 },
      ],
    });
  });

  it('runs each generator of an entry that has several', () => {
    const { generators } = parseSet({ generators: [{ list: {}, clusters: {} }] }).spec;
    expect(generators.map(({ path }) => path)).toEqual(['spec.generators[0].list', 'spec.generators[0].clusters']);
  });

  it('sees the wish for a refresh', () => {
    const object = setObject({ generators: [] });
    object.metadata.annotations = { 'argocd.argoproj.io/application-set-refresh': 'true' };
    expect(parseApplicationSet(object).set?.refreshRequested).toBe(true);
  });

  it.each([
    [{ generators: undefined }, 'spec.generators: is missing'],
    [{ generators: 'x' }, 'spec.generators: must be a list'],
    [{ generators: [{}] }, 'spec.generators[0]: names no generator that is known here'],
    [{ generators: [{ listt: {} }] }, 'spec.generators[0]: names no generator that is known here'],
    [{ generators: ['x'] }, 'spec.generators[0]: must be an object'],
    [{ generators: [{ list: { elements: ['x'] } }] }, 'spec.generators[0].list.elements[0]: must be an object'],
    [{ generators: [{ git: { directories: [{ path: '*' }] } }] }, 'spec.generators[0].git.repoURL: is missing'],
    [{ generators: [{ git: { repoURL: 'x' } }] }, 'spec.generators[0].git: has neither directories nor files'],
    [{ generators: [{ git: { repoURL: 'x', files: [{}] } }] }, 'spec.generators[0].git.files[0].path: is missing'],
    [
      { generators: [{ clusters: { selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } } }] },
      'spec.generators[0].clusters.selector: "Near" is not a valid label selector operator: use In, NotIn, Exists or DoesNotExist',
    ],
    [
      { generators: [{ matrix: { generators: [LIST] } }] },
      'spec.generators[0].matrix.generators: found less than two generators, Matrix support only two',
    ],
    [
      { generators: [{ matrix: { generators: [LIST, LIST, LIST] } }] },
      'spec.generators[0].matrix.generators: found more than two generators, Matrix support only two',
    ],
    [
      { generators: [{ matrix: { generators: [LIST, { list: {}, clusters: {} }] } }] },
      'spec.generators[0].matrix.generators[1]: found more than one generator: list, clusters',
    ],
    [
      { generators: [{ merge: { generators: [LIST], mergeKeys: ['a'] } }] },
      'spec.generators[0].merge.generators: found less than two generators, Merge requires two or more',
    ],
    [
      { generators: [{ merge: { generators: [LIST, LIST] } }] },
      'spec.generators[0].merge.mergeKeys: no merge keys were specified, Merge requires at least one',
    ],
    [{ generators: [{ pullRequest: {} }] }, 'spec.generators[0].pullRequest: names no provider'],
    [
      { generators: [{ scmProvider: { github: {}, gitlab: {} } }] },
      'spec.generators[0].scmProvider: names several providers: github, gitlab',
    ],
    [
      { generators: [{ scmProvider: { github: {}, filters: [{ repositoryMatch: '(' }] } }] },
      'spec.generators[0].scmProvider.filters[0].repositoryMatch: "(" is no regular expression: missing closing )',
    ],
    [{ generators: [{ plugin: {} }] }, 'spec.generators[0].plugin.configMapRef.name: is missing'],
    [
      { generators: [{ clusterDecisionResource: { configMapRef: 'x' } }] },
      'spec.generators[0].clusterDecisionResource: needs either name or labelSelector',
    ],
    [{ template: undefined }, 'spec.template: is missing'],
    [{ goTemplate: 'yes' }, 'spec.goTemplate: must be true or false'],
    [{ goTemplateOptions: ['missingkey=panic'] }, 'spec.goTemplateOptions[0]: unrecognized option: missingkey=panic'],
    [{ syncPolicy: { applicationsSync: 'never' } }, 'spec.syncPolicy.applicationsSync: "never" is no policy'],
    [{ strategy: { type: 'Slowly' } }, 'spec.strategy.type: "Slowly" is no strategy'],
    [{ strategy: { type: 'RollingSync' } }, 'spec.strategy.rollingSync.steps: is missing'],
    [
      { strategy: { type: 'RollingSync', rollingSync: { steps: [{ maxUpdate: 'half' }] } } },
      'spec.strategy.rollingSync.steps[0].maxUpdate: must be a number of Applications or a percentage',
    ],
    [
      {
        strategy: {
          type: 'RollingSync',
          rollingSync: { steps: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] },
        },
      },
      'spec.strategy.rollingSync.steps[0].matchExpressions[0].operator: "Exists" is not for steps',
    ],
    [
      { ignoreApplicationDifferences: [{ jsonPointers: ['spec'] }] },
      'spec.ignoreApplicationDifferences[0].jsonPointers[0]: "spec" is no JSON pointer',
    ],
  ])('finds the fault of %j', (spec, message) => {
    expect(faults(spec)).toContain(message);
  });

  it('reads generators within generators, but not without an end', () => {
    expect(faults({ generators: [nest(5)] })).toEqual([]);
    expect(faults({ generators: [nest(6)] })[0]).toMatch(/generators within generators, more than 5 deep$/);
    expect(faults({ generators: [nest(60)] })).toHaveLength(1);
  });

  it('warns of fields that nobody reads', () => {
    const { diagnostics } = parseApplicationSet(setObject({ generators: [LIST], goTemplates: true }));
    expect(diagnostics).toMatchObject([
      {
        code: 'APPLICATIONSET_FIELD_UNKNOWN',
        severity: 'warning',
        message: 'spec.goTemplates: is not a field of an ApplicationSet',
        origin: { file: 'applicationset argocd/fleet' },
      },
    ]);
  });

  it('answers anything with a set or with errors', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('generators', 'template', 'strategy', 'syncPolicy'), fc.jsonValue()),
        (spec) => {
          faults(spec);
        },
      ),
      { numRuns: 200 },
    );
  });
});
