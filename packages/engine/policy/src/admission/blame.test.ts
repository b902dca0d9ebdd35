import { describe, expect, it } from 'vitest';
import { reviewAdmission } from './review.ts';
import { objectOf, policiesOf, surroundingsOf } from './testing/policies.ts';

const web = objectOf('Pod', 'web', {
  labels: { app: 'web' },
  spec: {
    hostNetwork: true,
    containers: [
      { name: 'a', image: 'a:1', securityContext: { privileged: true } },
      { name: 'b', image: 'b:latest' },
      { name: 'c', image: 'c:1', securityContext: { privileged: false } },
    ],
  },
});

function fieldsOf(expression: string, variables: readonly object[] = [], object = web, namesFields = true) {
  const { policies, diagnostics } = policiesOf({ spec: { variables, validations: [{ expression }] } });
  expect(diagnostics).toEqual([]);
  const [verdict] = reviewAdmission({ policies }, { object }, { surroundings: surroundingsOf(), namesFields });
  return verdict?.fields;
}

describe('fields of a deny are', () => {
  it.each<[why: string, expression: string, fields: string[] | undefined]>([
    [
      'the first that breaks a rule for all',
      "object.spec.containers.all(c, !c.image.endsWith(':latest'))",
      ['spec.containers[name=b].image'],
    ],
    [
      'what would be good if it were not there',
      '!has(object.spec.hostNetwork) || !object.spec.hostNetwork',
      ['spec.hostNetwork'],
    ],
    [
      'one item among others',
      'object.spec.containers.all(c, !c.?securityContext.?privileged.orValue(false))',
      ['spec.containers[name=a].securityContext.privileged'],
    ],
    ['what is missing', "has(object.metadata.labels) && 'owner' in object.metadata.labels", ['metadata.labels.owner']],
    ['what is missing at the end of a way', 'has(object.spec.securityContext.runAsNonRoot)', ['spec.securityContext']],
    [
      'what comes first of several that would each do',
      "object.metadata.name != 'web' && object.metadata.labels['app'] != 'web'",
      ['metadata.name'],
    ],
    ['none where nothing of the object is asked', "request.operation == 'UPDATE'", undefined],
  ])('%s', (_, expression, fields) => {
    expect(fieldsOf(expression)).toEqual(fields);
  });

  it('what variables looked at', () => {
    const variables = [
      {
        name: 'bad',
        expression:
          'object.spec.containers.filter(c, has(c.securityContext) && has(c.securityContext.privileged) && c.securityContext.privileged)',
      },
    ];
    expect(fieldsOf('size(variables.bad) == 0', variables)).toEqual([
      'spec.containers[name=a].securityContext.privileged',
    ]);
  });

  it('all that must change', () => {
    const two = objectOf('Pod', 'web', { spec: { hostPID: true, hostIPC: true, hostNetwork: false } });
    const expression = ['hostPID', 'hostIPC', 'hostNetwork']
      .map((f) => `(!has(object.spec.${f}) || !object.spec.${f})`)
      .join(' && ');
    const variables = [
      {
        name: 'flags',
        expression:
          '[object.spec.?hostPID, object.spec.?hostIPC, object.spec.?hostNetwork].filter(f, f.orValue(false))',
      },
    ];
    expect(fieldsOf(expression, [], two)).toEqual(['spec.hostPID']);
    expect(fieldsOf('size(variables.flags) == 0', variables, two)).toEqual(['spec.hostPID', 'spec.hostIPC']);
  });

  it('found soon in a large object', () => {
    const containers = Array.from({ length: 5_000 }, (_, i) => ({
      name: `c${i}`,
      image: i === 4_990 ? 'x:latest' : 'x:1',
    }));
    const large = objectOf('Pod', 'web', { spec: { containers } });
    const variables = [{ name: 'bad', expression: "object.spec.containers.filter(c, c.image.endsWith(':latest'))" }];
    expect(fieldsOf('size(variables.bad) == 0', variables, large)).toEqual([expect.stringContaining('image')]);
  });

  it('not asked for by default', () => {
    expect(fieldsOf('!has(object.spec.hostNetwork)', [], web, false)).toBeUndefined();
  });
});
