import type { KubeObject } from '@sekisho/kube';
import { describe, expect, test } from 'vitest';
import { isSecret, maskSecret, withoutSecretValues } from './mask-secrets.ts';

const VALUE = 'correct horse battery';
const object = (fields: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, ...fields }) as KubeObject;

describe('maskSecret hides the values of Secrets that no cluster takes', () => {
  test.each<[string, object]>([
    ['numbers and lists in data', { data: { a: 48151623, b: [VALUE] } }],
    ['data that is a text', { data: VALUE }],
    ['stringData that is a list', { stringData: [VALUE, { a: VALUE }] }],
    ['a misspelt field', { Data: { a: VALUE } }],
    ['a misspelt kind', { kind: 'secret', data: { a: VALUE } }],
    ['a kind in the plural', { kind: 'Secrets', data: { a: VALUE } }],
    ['a version that is none', { apiVersion: 'core/v1', data: { a: VALUE } }],
    ['a version of another type', { apiVersion: 1, data: { a: VALUE } }],
    [
      'what was applied last',
      {
        metadata: {
          name: 'login',
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ kind: 'Secret', data: { a: VALUE } }),
          },
        },
      },
    ],
    [
      'what was applied last, damaged',
      {
        metadata: {
          name: 'login',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"a": "${VALUE}` },
        },
      },
    ],
  ])('%s', (_, fields) => {
    const shown = JSON.stringify(maskSecret(object(fields)));
    expect(shown).not.toContain(VALUE);
    expect(shown).not.toContain('48151623');
    expect(shown).toContain('++++++++');
  });

  test('a Secret of another group is no Secret', () => {
    expect(isSecret(object({ apiVersion: 'vault.example/v1' }))).toBe(false);
    expect(isSecret(object({ kind: 'SealedSecret', apiVersion: 'bitnami.com/v1alpha1' }))).toBe(false);
  });
});

describe('withoutSecretValues', () => {
  test.each([
    ['as it is', `denied: ${VALUE} is weak`],
    ['in base64', `denied: ${Buffer.from(VALUE).toString('base64')} is weak`],
  ])('hides a value that a message quotes %s', (_, message) => {
    expect(withoutSecretValues(message, object({ stringData: { a: VALUE } }))).toBe('denied: ++++++++ is weak');
  });

  test('hides what base64 stands for, and numbers', () => {
    const data = { a: Buffer.from(VALUE).toString('base64'), b: 48151623 };
    expect(withoutSecretValues(`${VALUE} 48151623`, object({ data }))).toBe('++++++++ ++++++++');
  });

  test('leaves other objects and short values alone', () => {
    expect(withoutSecretValues('the key a', object({ data: { a: 'a' } }))).toBe('the key a');
    expect(withoutSecretValues(VALUE, object({ kind: 'ConfigMap', data: { a: VALUE } }))).toBe(VALUE);
  });
});
