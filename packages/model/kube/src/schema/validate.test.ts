import { describe, expect, it } from 'vitest';
import { builtinSchema } from '../builtin/builtin-schema.ts';
import { parseCrdSchema } from './crd-schema.ts';
import { formatFieldError, formatFieldErrors, statusCauses } from './field-error.ts';
import { hasFormat } from './formats.ts';
import { isIPv4, isIPv6 } from './ip-address.ts';
import type { Schema } from './schema.ts';
import { validateObject } from './validate.ts';

const deployment = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' }) as Schema;

describe('validateObject', () => {
  const decoding: [why: string, object: object, message: string][] = [
    [
      'a text for a number',
      { spec: { replicas: '3' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a number out of range',
      { spec: { replicas: 3e9 } },
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a fraction',
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a number for a text',
      { spec: { template: { spec: { containers: [{ env: [{ value: 1 }] }] } } } },
      'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
    ],
    [
      'a number in labels',
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'a quantity that is none',
      { spec: { template: { spec: { overhead: { cpu: 'x' } } } } },
      'quantities must match the regular expression',
    ],
    ['a time that is none', { metadata: { creationTimestamp: 'now' } }, 'parsing time "now"'],
    [
      'a struct that is a list',
      { spec: [] },
      'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ],
  ];
  it.each(decoding)('words %s in a built-in kind as the decoder does', (_why, object, message) => {
    const [error] = validateObject(deployment, object);
    expect(error?.type).toBe('typeInvalid');
    expect(error?.message).toContain(message);
  });

  it('tells closed value sets', () => {
    const errors = validateObject(deployment, { spec: { template: { spec: { dnsPolicy: 'Foo' } } } });
    expect(errors.map(formatFieldError)).toEqual([
      'spec.template.spec.dnsPolicy: Unsupported value: "Foo": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"',
    ]);
  });

  it('bounds patterns: a hostile one does not hang, a huge text is refused', () => {
    const { schema } = parseCrdSchema(
      { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } },
      's',
    );
    expect(validateObject(schema, { a: `${'a'.repeat(5_000)}!` })).toHaveLength(1);
    expect(validateObject(schema, { a: 'a'.repeat(300_000) }).map(({ type }) => type)).toEqual(['tooLong']);
  });

  it('refuses what is nested too deep, without failing', () => {
    const { schema } = parseCrdSchema(
      {
        type: 'object',
        properties: {
          a: {
            type: 'array',
            'x-kubernetes-list-type': 'set',
            items: { 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      },
      's',
    );
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level++) deep = [deep];
    expect(validateObject(schema, { a: [deep, deep] })).not.toEqual([]);
  });

  it('starts paths where it is told to', () => {
    expect(validateObject({ type: 'string' }, 5, { path: 'spec.a' }).map(({ path }) => path)).toEqual(['spec.a']);
  });
});

describe('formatFieldErrors', () => {
  const error = { path: 'spec.a', type: 'required', message: 'Required value' } as const;
  it('names the kind and the group; several faults stand in brackets', () => {
    expect(formatFieldErrors('Deployment', 'apps', 'web', [error])).toBe(
      'Deployment.apps "web" is invalid: spec.a: Required value',
    );
    const other = { path: '', type: 'tooLong', message: 'Too long: may not be more than 1 bytes' } as const;
    expect(formatFieldErrors('Secret', '', 's', [error, other])).toBe(
      'Secret "s" is invalid: [spec.a: Required value, <nil>: Too long: may not be more than 1 bytes]',
    );
  });
  it('gives causes for a Status', () => {
    expect(statusCauses([error])).toEqual([
      { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.a' },
    ]);
  });
});

describe('formats', () => {
  const cases: [format: string, good: string[], bad: string[]][] = [
    [
      'date-time',
      ['2026-01-31T23:59:59Z', '2026-01-01T00:00:00.123+02:00'],
      ['2026-02-30T00:00:00Z', '2026-01-01', ''],
    ],
    ['date', ['2024-02-29'], ['2026-02-29', '2026-1-1']],
    ['duration', ['1h30m', '-5s', '3 days', '0'], ['1', 'x', '1y2']],
    ['ipv4', ['1.2.3.4'], ['1.2.3.04', '1.2.3']],
    ['ipv6', ['::1', '1::8', '::ffff:1.2.3.4'], ['1::2::3', '12345::']],
    ['cidr', ['10.0.0.0/8', '::/0'], ['10.0.0.0/33', '10.0.0.0']],
    ['uuid', ['7f1e6f3a-1b2c-4d5e-8f90-123456789abc'], ['7f1e']],
    ['byte', ['', 'YWI=', 'YWJj'], ['YW', 'a*==']],
    ['uri', ['https://a.b/c', '/x'], ['', 'a b']],
    ['nobody-knows', ['anything'], []],
  ];
  it.each(cases)('%s', (format, good, bad) => {
    for (const text of good) expect([text, hasFormat(format, text)]).toEqual([text, true]);
    for (const text of bad) expect([text, hasFormat(format, text)]).toEqual([text, false]);
  });

  it('reads addresses as strictly as Go', () => {
    for (const text of ['::', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:1.2.3.4', 'fe80::1']) expect(isIPv6(text)).toBe(true);
    for (const text of ['', ':1', '1:', ':::', '1:2:3:4:5:6:7:1.2.3.4', '1:2:3:4::5:6:7:8', 'fe80::1%eth0']) {
      expect([text, isIPv6(text)]).toEqual([text, false]);
    }
    expect(isIPv4('255.255.255.255')).toBe(true);
    expect(isIPv4('1.2.3.4.')).toBe(false);
  });
});
