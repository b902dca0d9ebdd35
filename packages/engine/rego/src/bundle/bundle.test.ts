import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../index.ts';
import { toJson } from '../value/json.ts';
import {
  applyPatch,
  type Bundle,
  type BundleFiles,
  mergeBundles,
  readBundle,
  type SigningOptions,
  signBundle,
  type Verification,
  verifyBundle,
  writeBundle,
} from './index.ts';

const TESTDATA = fileURLToPath(new URL('../../testdata/bundle', import.meta.url));

function filesOf(folder: string): Map<string, Uint8Array> {
  const root = join(TESTDATA, folder);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(root.length), readFileSync(path)];
    }),
  );
}

function bytes(files: Readonly<Record<string, string>>): Map<string, Uint8Array> {
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

function texts(files: BundleFiles | undefined): Record<string, string> {
  return Object.fromEntries([...(files ?? [])].map(([path, content]) => [path, new TextDecoder().decode(content)]));
}

function bundleOf(files: Readonly<Record<string, string>>): Bundle {
  const { bundle, faults } = readBundle(bytes(files));
  expect(faults).toEqual([]);
  return bundle as Bundle;
}

function codes(files: BundleFiles, options = {}): string[] {
  return readBundle(files, options).faults.map(({ code, origin }) => `${code} ${origin?.file}`);
}

describe('readBundle', () => {
  it('puts data of any depth together and names the syntax of each module', () => {
    const bundle = bundleOf({
      '/.manifest': '{"revision":"7","rego_version":0,"file_rego_versions":{"/new/*.rego":1},"metadata":{"team":"a"}}',
      '/data.json': '{"a":{"x":12345678901234567890},"__proto__":{"y":1}}',
      '/a/b/data.yaml': 'list: [1, two]\n1: one\n',
      '/a/c/data.yml': '- 1',
      '/a/other.json': '{"not":"data"}',
      '/old.rego': 'package old\np { true }',
      '/new/deep/p.rego': 'package new\np if true',
    });
    expect(toJson(bundle.data)).toBe(
      '{"__proto__":{"y":1},"a":{"b":{"1":"one","list":[1,"two"]},"c":[1],"x":12345678901234567890}}',
    );
    expect(bundle.modules.map(({ file, version }) => [file, version])).toEqual([
      ['new/deep/p.rego', 'v1'],
      ['old.rego', 'v0'],
    ]);
    expect(bundle.manifest).toMatchObject({ revision: '7', roots: [''], metadata: { team: 'a' } });
  });

  it.each<[why: string, files: Record<string, string>, wanted: string[]]>([
    ['a path leads out', { '/../data.json': '{}' }, ['BUNDLE_PATH /../data.json']],
    ['a path is absolute twice', { '//etc/data.json': '{}' }, ['BUNDLE_PATH //etc/data.json']],
    ['a path is one of Windows', { 'C:\\data.json': '{}' }, ['BUNDLE_PATH C:\\data.json']],
    ['a path is there twice', { '/data.json': '{}', 'data.json': '{}' }, ['BUNDLE_PATH data.json']],
    ['data is no JSON', { 'a/data.json': '{' }, ['BUNDLE_DATA a/data.json']],
    ['data is no YAML', { 'a/data.yaml': 'a: [' }, ['BUNDLE_DATA a/data.yaml']],
    ['data is nested too deep', { 'data.json': '['.repeat(5000) }, ['BUNDLE_DATA data.json']],
    ['the root is no object', { 'data.json': '[]' }, ['BUNDLE_DATA data.json']],
    [
      'a value is there twice',
      { 'data.json': '{"a":{"x":1}}', 'a/data.json': '{"x":1}' },
      ['BUNDLE_DATA_CONFLICT data.json'],
    ],
    [
      'an array is in the place of an object',
      { 'a/data.json': '[]', 'a/b/data.json': '1' },
      ['BUNDLE_DATA_CONFLICT a/data.json'],
    ],
    ['the manifest is no JSON', { '.manifest': 'x' }, ['BUNDLE_MANIFEST .manifest']],
    ['the manifest is no object', { '.manifest': '[]' }, ['BUNDLE_MANIFEST .manifest']],
    [
      'all members of the manifest are of other types',
      { '.manifest': '{"revision":1,"roots":"a","rego_version":2,"file_rego_versions":{"x":7},"metadata":[]}' },
      Array.from({ length: 5 }, () => 'BUNDLE_MANIFEST .manifest'),
    ],
    ['roots overlap', { '.manifest': '{"roots":["a/b","c","a"]}' }, ['BUNDLE_ROOTS_OVERLAP .manifest']],
    [
      'data is outside of the roots',
      { '.manifest': '{"roots":["a/b"]}', 'data.json': '{"a":{"b":1,"c":2}}' },
      ['BUNDLE_ROOTS data.json'],
    ],
    [
      'a package is outside of the roots',
      { '.manifest': '{"roots":["a"]}', 'p.rego': 'package ab' },
      ['BUNDLE_ROOTS p.rego'],
    ],
    ['a module has a syntax error', { 'p.rego': 'package a\np if {' }, ['BUNDLE_MODULE p.rego']],
    ['a delta bundle has data', { 'patch.json': '{"data":[]}', 'data.json': '{}' }, ['BUNDLE_PATCH data.json']],
    ['a delta bundle has no changes', { 'patch.json': '{}' }, ['BUNDLE_PATCH patch.json']],
    [
      'changes are not known, incomplete or outside',
      {
        '.manifest': '{"roots":["a"]}',
        'patch.json': '{"data":[{"op":"move","path":"/a"},{"op":"upsert","path":"/a/b"},{"op":"remove","path":"/c"}]}',
      },
      ['BUNDLE_PATCH patch.json', 'BUNDLE_PATCH patch.json', 'BUNDLE_ROOTS patch.json'],
    ],
  ])('refuses a bundle in which %s', (_, files, wanted) => {
    expect(codes(bytes(files))).toEqual(wanted);
    expect(readBundle(bytes(files)).bundle).toBeUndefined();
  });

  it('refuses text that is no UTF-8, and too much of anything', () => {
    expect(codes(new Map([['p.rego', Uint8Array.of(0x70, 0xff)]]))).toEqual(['BUNDLE_ENCODING p.rego']);
    const two = bytes({ 'a.txt': '12345', 'b.txt': '12345' });
    expect(codes(two, { limits: { maxFiles: 1 } })).toEqual(['BUNDLE_TOO_LARGE ']);
    expect(codes(two, { limits: { maxBytes: 9 } })).toEqual(['BUNDLE_TOO_LARGE ']);
    expect(codes(two, { limits: { maxFiles: 2, maxBytes: 10 } })).toEqual([]);
  });

  it('tells faults of any files, and never throws', () => {
    const name = fc.constantFrom(
      '.manifest',
      'data.json',
      'a/data.yaml',
      'p.rego',
      'patch.json',
      '.signatures.json',
      '../x',
    );
    const content = fc.oneof(fc.json(), fc.string(), fc.constant('package a\np := 1'));
    const verify: Verification = { keys: [{ key: 'secret', algorithm: 'HS256' }] };
    fc.assert(
      fc.property(fc.dictionary(name, content), fc.boolean(), (files, isVerified) => {
        const { bundle, faults } = readBundle(bytes(files), isVerified ? { verify } : {});
        expect(bundle === undefined).toBe(faults.length > 0);
      }),
    );
  }, 60_000);
});

describe('writeBundle', () => {
  it('writes the files that opa build writes', () => {
    const { bundle } = readBundle(filesOf('built/source'));
    const { modules, data, isSigned } = bundle as Bundle;
    const written = writeBundle({ manifest: { revision: 'r1', roots: [''] }, modules, data, isSigned });
    expect(texts(written.files)).toEqual(texts(filesOf('built/opa')));
    expect([...(written.files?.keys() ?? [])]).toEqual(['/data.json', '/p.rego', '/sub/lib.rego', '/.manifest']);
  });

  it('keeps which module is of which version', () => {
    const mixed = { modules: [{ file: 'a.rego', text: 'package a\np { true }', version: 'v0' as const }] };
    const bundle = { ...bundleOf({ 'b.rego': 'package b\np if true' }) };
    const both = { ...bundle, modules: [...bundle.modules, ...mixed.modules] };
    const { files } = writeBundle(both);
    expect(texts(files)['/.manifest']).toBe(
      '{"revision":"","roots":[""],"rego_version":1,"file_rego_versions":{"/a.rego":0}}\n',
    );
    const again = readBundle(files as BundleFiles).bundle;
    expect(again?.modules.map(({ version }) => version)).toEqual(['v0', 'v1']);
    expect(texts(writeBundle({ ...bundle, modules: mixed.modules }).files)['/.manifest']).toContain('"rego_version":0');
  });

  it('is undone by readBundle', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (data) => {
        const bundle = bundleOf({ 'data.json': JSON.stringify(data), 'p.rego': 'package p\n\nq := 1\n' });
        const { files } = writeBundle(bundle);
        const again = readBundle(files as BundleFiles).bundle;
        expect(toJson(again?.data ?? {})).toBe(toJson(bundle.data));
        expect(texts(writeBundle(again as Bundle).files)).toEqual(texts(files));
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});

describe('mergeBundles', () => {
  const first = bundleOf({
    '.manifest': '{"roots":["a"],"revision":"1"}',
    'data.json': '{"a":{"x":1}}',
    'p.rego': 'package a.p',
  });
  const second = bundleOf({ '.manifest': '{"roots":["b","c/d"],"revision":"2"}', 'data.json': '{"b":2}' });

  it('puts roots, data and modules together', () => {
    const { bundle } = mergeBundles([
      { name: 'first', bundle: first },
      { name: 'second', bundle: second },
    ]);
    expect(bundle?.manifest).toEqual({ revision: '', roots: ['a', 'b', 'c/d'] });
    expect(bundle?.data).toEqual({ a: { x: 1 }, b: 2 });
    expect(bundle?.modules.map(({ file }) => file)).toEqual(['first/p.rego']);
    expect(mergeBundles([{ name: '', bundle: first }]).bundle?.manifest).toEqual(first.manifest);
  });

  it.each(['{}', '{"roots":["c"]}', '{"roots":["c/d/e"]}', '{"roots":["b"]}'])(
    'refuses roots that overlap: %s',
    (manifest) => {
      const third = bundleOf({ '.manifest': manifest });
      const { faults } = mergeBundles([
        { name: 'second', bundle: second },
        { name: 'third', bundle: third },
      ]);
      expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['BUNDLE_ROOTS_OVERLAP']));
    },
  );
});

describe('applyPatch', () => {
  const base = bundleOf({
    '.manifest': '{"revision":"1"}',
    'data.json': '{"a":{"x":1,"l":[1,2]},"k/~":0}',
    'p.rego': 'package p',
  });
  const patchOf = (...data: object[]) =>
    bundleOf({ '.manifest': '{"revision":"2"}', 'patch.json': JSON.stringify({ data }) });

  it('changes what the delta bundle says, in order, and leaves the first bundle as it is', () => {
    const delta = patchOf(
      { op: 'upsert', path: '/a/y/z', value: { b: 1 } },
      { op: 'replace', path: 'a/x', value: 2 },
      { op: 'remove', path: '/k~1~0' },
      { op: 'upsert', path: '/a/l/-', value: 3 },
    );
    const { bundle } = applyPatch(base, delta);
    expect(bundle?.data).toEqual({ a: { x: 2, y: { z: { b: 1 } }, l: [1, 2, 3] } });
    expect(bundle?.manifest.revision).toBe('2');
    expect(bundle?.modules).toBe(base.modules);
    expect(base.data).toEqual({ a: { x: 1, l: [1, 2] }, 'k/~': 0 });
  });

  it('does nothing when one change can not be made', () => {
    const delta = patchOf({ op: 'upsert', path: '/b', value: 1 }, { op: 'remove', path: '/none' });
    const { bundle, faults } = applyPatch(base, delta);
    expect(bundle).toBeUndefined();
    expect(faults.map(({ code }) => code)).toEqual(['BUNDLE_PATCH']);
  });
});

describe('verifyBundle', () => {
  const signed = filesOf('signed');
  const key = (name: string) => readFileSync(join(TESTDATA, 'keys', `${name}.pem`), 'utf8');
  const withSignature = (name: string) =>
    new Map(signed).set('/.signatures.json', readFileSync(join(TESTDATA, `${name}.json`)));
  const messages = (files: BundleFiles, verification: Verification) =>
    verifyBundle(files, verification).map(({ code, message, origin }) => {
      expect(code).toBe('BUNDLE_SIGNATURE');
      return `${origin?.file}: ${message}`;
    });
  const secret: Verification = { keys: [{ key: 'secret', algorithm: 'HS256' }] };

  it('takes what OPA has signed', () => {
    expect(messages(withSignature('hs256'), secret)).toEqual([]);
    expect(messages(withSignature('rs256'), { keys: [{ key: key('rsa-public') }] })).toEqual([]);
    const team = { id: 'team', key: key('ec-public'), algorithm: 'ES256' };
    const others = { id: 'others', key: key('rsa-public') };
    expect(messages(withSignature('es256-scope'), { keys: [others, team], scope: 'write' })).toEqual([]);
    expect(readBundle(withSignature('hs256'), { verify: secret }).bundle?.isSigned).toBe(true);
  });

  it.each<[why: string, change: (files: Map<string, Uint8Array>) => void, wanted: string]>([
    [
      'is changed',
      (files) => files.set('/pol/a.rego', bytes({ x: 'package a\np := 2\n' }).get('x')!),
      'pol/a.rego: digest',
    ],
    [
      'is not listed',
      (files) => files.set('/pol/b.rego', bytes({ x: 'package b\n' }).get('x')!),
      'pol/b.rego: file not',
    ],
    ['is missing', (files) => files.delete('/readme.txt'), 'readme.txt: specified'],
    [
      'holds other data',
      (files) => files.set('/b/data.json', bytes({ x: '{"x":1}' }).get('x')!),
      'b/data.json: digest',
    ],
    ['holds no data', (files) => files.set('/b/data.json', bytes({ x: '{' }).get('x')!), 'b/data.json: digest'],
    ['of signatures is missing', (files) => files.delete('/.signatures.json'), '.signatures.json: bundle missing'],
  ])('refuses a bundle when a file %s', (_, change, wanted) => {
    const files = withSignature('hs256');
    change(files);
    const [message, ...others] = messages(files, secret);
    expect(message).toMatch(wanted);
    expect(others).toEqual([]);
    expect(readBundle(files, { verify: secret }).bundle).toBeUndefined();
  });

  it('reads data and the manifest by what they say, not how', () => {
    const files = withSignature('hs256');
    const manifest = JSON.parse(new TextDecoder().decode(files.get('/.manifest'))) as object;
    files.set('/.manifest', bytes({ x: JSON.stringify(manifest, null, 4) }).get('x')!);
    expect(messages(files, secret)).toEqual([]);
    // The text of a number counts: 1.50 was signed.
    files.set(
      '/b/data.json',
      bytes({ x: new TextDecoder().decode(files.get('/b/data.json')).replace('1.50', '1.5') }).get('x')!,
    );
    expect(messages(files, secret)).toEqual(['b/data.json: digest mismatch']);
    expect(messages(files, { ...secret, exclude: ['b/*'] })).toEqual([]);
  });

  it.each<[why: string, verification: Verification, wanted: string]>([
    ['another secret', { keys: [{ key: 'other', algorithm: 'HS256' }] }, 'failed to verify'],
    ['another algorithm', { keys: [{ key: 'secret', algorithm: 'HS512' }] }, 'not signed with HS512'],
    ['another scope', { ...secret, scope: 'write' }, 'scope mismatch'],
    ['no such key', { ...secret, keyId: 'other' }, 'key ID'],
    ['no keys', { keys: [] }, 'key ID'],
    ['an algorithm that is none', { keys: [{ key: 'secret', algorithm: 'none' }] }, 'not signed with none'],
  ])('refuses a token with %s', (_, verification, wanted) => {
    expect(messages(withSignature('hs256'), verification).join()).toContain(wanted);
  });

  it('never takes a public key for a secret', () => {
    const publicKey = key('rsa-public');
    const forged = new Map(signed);
    forged.set('/.signatures.json', signBundle(signed, { key: publicKey, algorithm: 'HS256' }));
    expect(messages(forged, { keys: [{ key: publicKey }] })).toEqual([
      '.signatures.json: the JWT is not signed with RS256',
    ]);
  });

  it.each([
    '[]',
    '{"signatures":[]}',
    '{"signatures":["a.b"]}',
    '{"signatures":["e30.e30."]}',
    '{"signatures":["a","b"]}',
    '{"signatures":["a"],"plugin":"mine"}',
    '\u0000',
  ])('refuses signatures that are none: %s', (text) => {
    expect(messages(new Map(signed).set('/.signatures.json', new TextEncoder().encode(text)), secret)).toHaveLength(1);
  });
});

describe('signBundle', () => {
  const files = filesOf('built/opa');
  const pems = (pair: {
    privateKey: { export(options: object): unknown };
    publicKey: { export(options: object): unknown };
  }) => ({
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    trusted: pair.publicKey.export({ type: 'spki', format: 'pem' }) as string,
  });
  const rsa = pems(generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const p384 = pems(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
  const hmac = { key: 'secret', trusted: 'secret' };

  it.each([
    ['HS512', hmac],
    ['RS384', rsa],
    ['PS256', rsa],
    ['ES384', p384],
  ])('signs with %s what verifyBundle takes', (algorithm, { key, trusted }) => {
    const options: SigningOptions = { key, algorithm, keyId: 'k1', claims: { scope: 'read', files: [] } };
    const signed = new Map(files).set('/.signatures.json', signBundle(files, options));
    expect(verifyBundle(signed, { keys: [{ id: 'k1', key: trusted, algorithm }], scope: 'read' })).toEqual([]);
    signed.set('/more.txt', new Uint8Array());
    expect(verifyBundle(signed, { keys: [{ id: 'k1', key: trusted, algorithm }], scope: 'read' })).toHaveLength(1);
  });

  it.each<[why: string, options: SigningOptions]>([
    ['the algorithm is not known', { key: 'secret', algorithm: 'none' }],
    ['the key is no key', { key: 'secret' }],
    ['the key is of another kind', { key: rsa.key, algorithm: 'ES256' }],
  ])('throws REGO_SIGNING without the key in its message when %s', (_, options) => {
    expect(() => signBundle(files, options)).toThrow(expect.objectContaining({ code: 'REGO_SIGNING' }));
    expect(() => signBundle(files, options)).not.toThrow(options.key.slice(0, 40));
  });
});

it('a bundle is evaluated', () => {
  const { bundle } = readBundle(filesOf('built/opa'));
  const { modules, data } = bundle as Bundle;
  const { policy } = compilePolicy({ modules, data });
  expect(policy?.entrypoint(['authz', 'allow'])?.evaluate({ input: { user: 'bob' } })).toBe(true);
});
