import { isSekishoError } from '@sekisho/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProtobuf } from './decode.ts';

/** What kubectl 1.35 sends (`kubectl -v=9 create …`). */
const DEPLOYMENT =
  '6b3873000a150a07617070732f7631120a4465706c6f796d656e7412b8010a1f0a0377656212001a0022002a003200380042005a0a0a0361707012037765621286010800120c0a0a0a0361707012037765621a6c0a1c0a0012001a0022002a003200380042005a0a0a036170701203776562124c122e0a056e67696e7812056e67696e782a00320a0a001000185022002a0042006a007200800100880100900100a201001a00320042004a0052005800600068008201008a01009a0100c2010022020a00280038001a0c0800100018002000280038001a002200';
const INGRESS =
  '6b3873000a1f0a146e6574776f726b696e672e6b38732e696f2f76311207496e677265737312500a110a016912001a0022002a00320038004200123712090a04686f73741201781a2a0a04686f737412220a200a1e0a052f70617468120d220b0a0373766312040a0010501a065072656669781a020a001a002200';
const QUOTA =
  '6b3873000a130a027631120d5265736f7572636551756f746112340a110a017112001a0022002a00320038004200121d0a0a0a0363707512030a01310a0f0a066d656d6f727912050a033247691a001a002200';

const decode = (bytes: Uint8Array): unknown => decodeProtobuf(Buffer.from(bytes));
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const NONE = new Uint8Array();

type Field = readonly [number, string | number | Uint8Array];

/** A message by hand: [number, value] per field. */
function message(...fields: Field[]): Uint8Array {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
      const bytes = Buffer.from(value);
      return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function object(apiVersion: string, kind: string, ...fields: Field[]): Uint8Array {
  return envelope(apiVersion, kind, message(...fields));
}

function envelope(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('k8s\0'), message([1, message([1, apiVersion], [2, kind])], [2, raw])]);
}

const created = (time: Uint8Array): Field => [1, message([1, 'x'], [8, time])];
const port = (target: Uint8Array): Field => [2, message([1, message([3, 80], [4, target])])];

function codeOf(bytes: Uint8Array): string {
  try {
    decode(bytes);
    return 'none';
  } catch (error) {
    return isSekishoError(error) ? error.code : String(error);
  }
}

describe('decodeProtobuf', () => {
  test('reads what kubectl sends as it would be in JSON', () => {
    expect(decode(bytesOf(DEPLOYMENT))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        replicas: 0, // a pointer: zero is a value
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }], resources: {} }] },
        },
        strategy: {},
      },
      status: {},
    });
    expect(decode(bytesOf(INGRESS))).toMatchObject({
      kind: 'Ingress',
      spec: {
        tls: [{ hosts: ['host'], secretName: 'x' }],
        rules: [
          {
            host: 'host',
            http: {
              paths: [
                { path: '/path', pathType: 'Prefix', backend: { service: { name: 'svc', port: { number: 80 } } } },
              ],
            },
          },
        ],
      },
    });
    expect(decode(bytesOf(QUOTA))).toMatchObject({ spec: { hard: { cpu: '1', memory: '2Gi' } } });
  });

  test.each([
    ['bytes', object('v1', 'Secret', [2, message([1, 'k'], [2, Uint8Array.of(255, 0)])]), { data: { k: '/wA=' } }],
    [
      'times',
      object('v1', 'Pod', created(message([1, 1_700_000_000]))),
      { metadata: { name: 'x', creationTimestamp: '2023-11-14T22:13:20Z' } },
    ],
    ['no time', object('v1', 'Pod', created(NONE)), { metadata: { name: 'x' } }],
    [
      'times with microseconds',
      object('coordination.k8s.io/v1', 'Lease', [2, message([4, message([1, 1], [2, 5_000])])]),
      { spec: { renewTime: '1970-01-01T00:00:01.000005Z' } },
    ],
    ['negative numbers', object('v1', 'Pod', [2, message([25, -5])]), { spec: { priority: -5 } }],
    [
      'a port by name',
      object('v1', 'Service', port(message([1, 1], [2, 0], [3, 'http']))),
      { spec: { ports: [{ port: 80, targetPort: 'http' }] } },
    ],
    [
      'a port by number',
      object('v1', 'Service', port(message([1, 0], [2, 8080], [3, '']))),
      { spec: { ports: [{ port: 80, targetPort: 8080 }] } },
    ],
    [
      'fields of an inner struct',
      object('v1', 'Pod', [2, message([1, message([1, 'tmp'], [2, message([2, NONE])])])]),
      { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } },
    ],
    [
      'delete options of any group',
      object('apps/v1', 'DeleteOptions', [1, 0], [4, 'Orphan'], [5, 'All']),
      { gracePeriodSeconds: 0, propagationPolicy: 'Orphan', dryRun: ['All'] },
    ],
    [
      'lists in maps',
      object('authorization.k8s.io/v1', 'SubjectAccessReview', [
        2,
        message([5, message([1, 'scope'], [2, message([1, 'a'], [1, 'b'])])]),
      ]),
      { spec: { extra: { scope: ['a', 'b'] } } },
    ],
    [
      'fields from the future',
      object('v1', 'ConfigMap', [999, 'new'], [998, 7], [2, message([1, 'a'], [2, 'b'])]),
      { data: { a: 'b' } },
    ],
    [
      'a key that JavaScript reserves',
      object('v1', 'ConfigMap', [2, message([1, '__proto__'], [2, 'b'])]),
      { data: JSON.parse('{"__proto__": "b"}') },
    ],
    ['an entry without a value', object('v1', 'ConfigMap', [2, message([1, 'a'])]), { data: { a: '' } }],
  ])('reads %s', (_title, bytes, expected) => {
    expect(decode(bytes)).toMatchObject(expected);
  });

  test.each([
    ['nothing', NONE, 'PROTOBUF_INVALID'],
    ['JSON', Buffer.from('{"kind": "Pod"}'), 'PROTOBUF_INVALID'],
    ['an unknown kind', object('v1', 'Gadget'), 'PROTOBUF_INVALID'],
    ['a group of somebody else', object('apps.example.com/v1', 'Deployment'), 'PROTOBUF_INVALID'],
    ['a cut message', bytesOf(DEPLOYMENT).subarray(0, -9), 'PROTOBUF_INVALID'],
    ['a length beyond the end', envelope('v1', 'Pod', Uint8Array.of(10, 255, 255, 255, 255, 15)), 'PROTOBUF_INVALID'],
    ['a number without end', envelope('v1', 'Pod', Uint8Array.of(...Array(20).fill(255))), 'PROTOBUF_INVALID'],
    ['a tag of a group', envelope('v1', 'Pod', Uint8Array.of(11)), 'PROTOBUF_INVALID'],
    ['a time out of range', object('v1', 'Pod', created(message([1, Number.MAX_SAFE_INTEGER]))), 'PROTOBUF_INVALID'],
  ])('refuses %s', (_title, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  test('any damage ends in an object or in a coded error', () => {
    const whole = bytesOf(DEPLOYMENT);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        expect(['none', 'PROTOBUF_INVALID']).toContain(codeOf(damaged));
      }),
      { numRuns: 500 },
    );
  });
});
