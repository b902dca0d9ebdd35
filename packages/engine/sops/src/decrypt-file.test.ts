import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { parseYamlDocuments, SekishoError } from '@sekisho/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptFile, isEncryptedFile, type MasterKey, type OpenKey } from './index.ts';

const testdata = new URL('../testdata/', import.meta.url);
const dataKeys = JSON.parse(readFileSync(new URL('data-keys.json', testdata), 'utf8')) as Record<string, string>;
const names = readdirSync(new URL('encrypted/', testdata));

function encrypted(name: string): Buffer {
  return readFileSync(new URL(`encrypted/${name}`, testdata));
}

/** What the real keys gave when the files were recorded. */
const openKey: OpenKey = async (key) => {
  const hash = createHash('sha256').update(key.encrypted.trim()).digest('hex').slice(0, 16);
  const dataKey = dataKeys[hash];
  return dataKey === undefined ? { reason: 'not recorded' } : Buffer.from(dataKey, 'base64');
};

async function codes(name: string, bytes: Uint8Array | string, open: OpenKey = openKey): Promise<string[]> {
  const { bytes: plain, diagnostics } = await decryptFile(name, Buffer.from(bytes), { openKey: open });
  if (diagnostics.length > 0) expect(plain).toBeUndefined();
  return diagnostics.map(({ code, origin }) => `${code} ${origin?.line}:${origin?.column}`);
}

function values(text: string): unknown[] {
  const { documents, diagnostics } = parseYamlDocuments(text, { file: 'x' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return documents.map(({ value }) => value);
}

describe('decryptFile, with files that sops wrote', () => {
  it.each(names)('%s', async (name) => {
    const { bytes, diagnostics } = await decryptFile(name, encrypted(name), { openKey });
    expect(diagnostics).toEqual([]);
    const plain = readFileSync(new URL(`plain/${name}`, testdata));
    if (/\.(yaml|json)$/.test(name)) {
      // Infinity is no JSON: our reader refuses it.
      const finite = (text: string) => text.replace(' .inf', ' inf');
      expect(values(finite(Buffer.from(bytes ?? []).toString()))).toEqual(values(finite(plain.toString())));
    } else if (name.endsWith('.bin')) expect(Buffer.from(bytes ?? [])).toEqual(plain);
    else {
      const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '' && !/^[;#]/.test(line));
      const unspaced = (text: string) => lines(text).map((line) => line.replace(/\s*=\s*/, '='));
      expect(unspaced(Buffer.from(bytes ?? []).toString())).toEqual(unspaced(plain.toString()));
    }
  });

  it('leaves lines where they are', async () => {
    const { bytes } = await decryptFile('all.yaml', encrypted('all.yaml'), { openKey });
    const before = encrypted('all.yaml').toString().split('\n');
    const after = Buffer.from(bytes ?? [])
      .toString()
      .split('\n');
    expect(after.length).toBe(before.length);
    for (const key of ['stringData:', '    s:', '---']) {
      expect(after.findIndex((line) => line.startsWith(key))).toBe(before.findIndex((line) => line.startsWith(key)));
    }
    expect(after.join('\n')).not.toContain('ENC[');
  });

  it('opens a file with any two of three key groups, and not with one', async () => {
    const groupOf = (key: MasterKey) => (key.type === 'age' ? key.recipient : 'pgp');
    const recipients = new Set<string>();
    await decryptFile('groups.yaml', encrypted('groups.yaml'), {
      openKey: async (key) => {
        recipients.add(groupOf(key));
        return { reason: 'no' };
      },
    });
    const [a = '', b = '', c = ''] = recipients;
    const only =
      (...allowed: string[]): OpenKey =>
      (key, options) =>
        allowed.includes(groupOf(key)) ? openKey(key, options) : Promise.resolve({ reason: 'not here' });
    for (const pair of [
      [a, b],
      [b, c],
      [a, c],
      [a, 'pgp'],
    ]) {
      expect(await codes('groups.yaml', encrypted('groups.yaml'), only(...pair))).toEqual([]);
    }
    const { diagnostics } = await decryptFile('groups.yaml', encrypted('groups.yaml'), { openKey: only(b) });
    expect(diagnostics[0]).toMatchObject({ code: 'SOPS_NO_KEY' });
    expect(diagnostics[0]?.message).toContain(`age recipient ${a} (not here)`);
    expect(diagnostics[0]?.message).toContain('2 of 3 key groups are needed, 1 could be opened');
  });
});

describe('decryptFile, with files that somebody changed', () => {
  const regex = encrypted('regex.yaml').toString();
  const passwords = /password: (ENC\S+ ?\S*)/.exec(regex)?.[1] ?? '';
  const k = /k: (ENC\S+)/.exec(regex)?.[1] ?? '';
  const cases: [reason: string, text: string, expected: string[]][] = [
    ['a plain value changed', regex.replace('name: db', 'name: other'), ['SOPS_MAC_MISMATCH']],
    ['a plain value added', regex.replace('type: Opaque', 'type: Opaque\nimmutable: true'), ['SOPS_MAC_MISMATCH']],
    ['a value taken away', regex.replace(/ {4}number: .*\n/, ''), ['SOPS_MAC_MISMATCH']],
    ['a value emptied', regex.replace(passwords, '""'), ['SOPS_MAC_MISMATCH']],
    ['a value replaced by a plain one', regex.replace(k, 'plain'), ['SOPS_VALUE']],
    ['a number instead of an encrypted value', regex.replace(k, '5'), ['SOPS_VALUE']],
    ['a value of another key', regex.replace(k, passwords), ['SOPS_VALUE']],
    ['an encrypted value damaged', regex.replace(k, k.replace('data:', 'data:AA')), ['SOPS_VALUE']],
    ['a short tag', regex.replace(k, k.replace(/tag:[^,]+/, 'tag:AAAA')), ['SOPS_VALUE']],
    ['no MAC', regex.replace(/ {4}mac: .*\n/, ''), ['SOPS_MAC_MISMATCH']],
    ['another time of change', regex.replace(/lastmodified: "20/, 'lastmodified: "21'), ['SOPS_MAC_MISMATCH']],
    ['another rule', regex.replace(/encrypted_regex: .*/, 'encrypted_regex: nothing'), ['SOPS_MAC_MISMATCH']],
    ['a rule that is none', regex.replace(/encrypted_regex: .*/, 'encrypted_regex: "("'), ['SOPS_METADATA']],
    ['two rules', regex.replace('    version:', '    encrypted_suffix: x\n    version:'), ['SOPS_METADATA']],
    ['no keys', regex.replace(/ {4}age:[\s\S]*?( {4}lastmodified)/, '$1'), ['SOPS_METADATA']],
    [
      'three hundred keys',
      regex.replace(
        /( {8}- enc: \|[\s\S]*?)( {4}encrypted_regex)/,
        (_, key: string, rest: string) => key.repeat(300) + rest,
      ),
      ['SOPS_METADATA'],
    ],
    ['broken YAML', regex.replace('type: Opaque', 'type: Opaque: x'), ['SOPS_SYNTAX']],
    ['an alias', regex.replace('type: Opaque', 'type: &a Opaque\nb: *a'), ['SOPS_SYNTAX']],
    [
      'only a part counted in the MAC, and an encrypted value gone',
      encrypted('mac-only.yaml')
        .toString()
        .replace(/ {4}number: .*\n/, ''),
      ['SOPS_MAC_MISMATCH'],
    ],
    [
      'only a part counted in the MAC, and a plain value changed',
      encrypted('mac-only.yaml').toString().replace('name: db', 'name: x'),
      [],
    ],
    [
      'the setting for that switched on',
      regex.replace('    version:', '    mac_only_encrypted: true\n    version:'),
      ['SOPS_MAC_MISMATCH'],
    ],
  ];
  it.each(cases)('%s', async (_, text, expected) => {
    expect((await codes('secret.yaml', text)).map((code) => code.replace(/ .*/, ''))).toEqual(expected);
  });

  it('says where, and shows no value', async () => {
    const { diagnostics } = await decryptFile('x/secret.yaml', Buffer.from(regex.replace(k, 'hunter2')), { openKey });
    expect(diagnostics).toMatchObject([
      { message: 'data.k must be encrypted, and is not', origin: { file: 'x/secret.yaml', line: 39, column: 8 } },
    ]);
    expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
  });

  it('reads what was encrypted under another name', async () => {
    for (const name of ['app.env', 'app.ini', 'regex.yaml']) {
      const { bytes } = await decryptFile('app.enc', encrypted(name), { openKey });
      expect(Buffer.from(bytes ?? [])).toEqual(
        Buffer.from((await decryptFile(name, encrypted(name), { openKey })).bytes ?? []),
      );
    }
  });

  it('takes no longer for texts that are made to take long', async () => {
    const long = 1_000_000;
    const texts = [
      ['x.yaml', `${'{\n'.repeat(long)}sops ENC[`],
      ['x.ini', `${'\n'.repeat(long)}sops ENC[`],
      ['x.ini', `[sops]\nENC[${' '.repeat(long)}\n`],
      ['x.env', `sops_mac=ENC[\nsops_a${'__map_a'.repeat(long / 7)}=1`],
      ['x.yaml', `sops: {mac: ENC[}\n${'#ENC[AES256_GCM,'.repeat(long / 16)}`],
      ['x.json', `{"a": ["ENC["${' '.repeat(long)}], "sops": {}}`],
    ] as const;
    for (const [name, text] of texts) await decryptFile(name, Buffer.from(text), { openKey });
  });

  it('refuses what is too large, and is quick with what only looks encrypted', async () => {
    const large = `${'a: b\n'.repeat(2_000_000)}sops:\n  mac: ENC[\n`;
    expect(await codes('x.yaml', large)).toEqual(['SOPS_TOO_LARGE undefined:undefined']);
    const quoted = 'kind: ConfigMap\ndata:\n  readme: |\n    sops:\n      mac: ENC[AES256_GCM]\n';
    expect(isEncryptedFile('x.yaml', Buffer.from(quoted))).toBe(false);
    const other = Buffer.from('sops: yes\nb: ENC[x\n');
    expect((await decryptFile('x.yaml', other, { openKey })).bytes).toEqual(other);
  });
});

describe('the keys of a file', () => {
  it('are named with what they refused', async () => {
    const [name, text] = ['pgp.yaml', encrypted('pgp.yaml')] as const;
    const { diagnostics } = await decryptFile(name, text, { openKey: async () => ({ reason: 'no secret key' }) });
    expect(diagnostics[0]?.message).toBe(
      'the file is encrypted, and no key at hand opens it: PGP key 7345C22964E39752489D207CE8F75F76F627D744 (no secret key)',
    );
    expect(await codes(name, text, async () => Buffer.alloc(31))).toEqual(['SOPS_NO_KEY 5:1']);
    expect((await codes(name, text, async () => Buffer.alloc(32)))[0]).toMatch(/^SOPS_VALUE 1:/);
  });

  it('may be out of reach: that is thrown, unless another key opens the file', async () => {
    const away = new SekishoError('KMS_AWAY', 'the key service is away', { retryable: true });
    const failing: OpenKey = async (key, options) => {
      if (key.type === 'pgp') return openKey(key, options);
      throw away;
    };
    await expect(decryptFile('x.yaml', encrypted('all.yaml'), { openKey: failing })).rejects.toBe(away);
    expect(await codes('x.yaml', encrypted('pgp.yaml'), failing)).toEqual([]);
    const stopped = { openKey: failing, signal: AbortSignal.abort(new Error('stopped')) };
    await expect(decryptFile('x.yaml', encrypted('all.yaml'), stopped)).rejects.toThrow('stopped');
  });
});

describe('decryptFile, with anything', () => {
  const originals = names
    .filter((name) => !name.startsWith('groups'))
    .map((name) => [name, encrypted(name).toString('latin1')] as const);

  it('never throws, and gives no plain text of what was changed where the MAC reaches', async () => {
    const change = fc.tuple(fc.constantFrom(...originals), fc.nat(), fc.nat(40), fc.string({ maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(change, async ([[name, text], at, length, inserted]) => {
        const start = at % text.length;
        const bytes = Buffer.from(text.slice(0, start) + inserted + text.slice(start + length), 'latin1');
        const result = await decryptFile(name, bytes, { openKey });
        expect(result.bytes === undefined).toBe(result.diagnostics.length > 0);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
