import { createHash } from 'node:crypto';
import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyProvenance } from './provenance.ts';

const archive = Buffer.from('the bytes of a chart');
const digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
const FILE = 'web-1.2.3.tgz';
const text = (sum = digest, file = FILE) => `name: web\nversion: 1.2.3\n\n...\nfiles:\n  ${file}: ${sum}\n`;

type Key = Awaited<ReturnType<typeof newKey>>;
let ann: Key;
let bob: Key;

async function newKey(name: string) {
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ name, email: `${name}@example.com` }],
    format: 'object',
  });
  return { privateKey, publicKey: privateKey.toPublic() };
}

async function sign(message: string, ...keys: Key[]): Promise<string> {
  return openpgp.sign({
    message: await openpgp.createCleartextMessage({ text: message }),
    signingKeys: keys.map(({ privateKey }) => privateKey),
  });
}

const ring = (...keys: Key[]) => Buffer.concat(keys.map(({ publicKey }) => publicKey.write()));
const bytes = (message: string) => Buffer.from(message);

let signedText: Promise<string>;

beforeAll(async () => {
  [ann, bob] = [await newKey('ann'), await newKey('bob')];
  signedText = sign(text(), ann);
});

describe('verifyProvenance', () => {
  test('says who signed: of a binary keyring, and of an armored one', async () => {
    const provenance = bytes(await sign(text(), ann));
    for (const keyring of [ring(bob, ann), bytes(ann.publicKey.armor())]) {
      expect(await verifyProvenance({ archive, file: FILE, provenance, keyring })).toEqual({
        signedBy: ['ann <ann@example.com>'],
        fingerprint: ann.publicKey.getFingerprint(),
        digest,
      });
    }
  });

  test('one good signature of several is enough', async () => {
    const provenance = bytes(await sign(text(), bob, ann));
    const { fingerprint } = await verifyProvenance({ archive, file: FILE, provenance, keyring: ring(ann) });
    expect(fingerprint).toBe(ann.publicKey.getFingerprint());
  });

  const changed = async () => (await sign(text(), ann)).replace('name: web', 'name: evil');
  const cases: readonly (readonly [string, () => Promise<string>, string, RegExp])[] = [
    [
      'of another archive',
      () => sign(text(`sha256:${'0'.repeat(64)}`), ann),
      'CHART_PROVENANCE_INVALID',
      /does not match/,
    ],
    [
      'of another name',
      () => sign(text(digest, 'other-1.0.0.tgz'), ann),
      'CHART_PROVENANCE_INVALID',
      /does not contain a SHA/,
    ],
    ['without digests', () => sign('name: web\n', ann), 'CHART_PROVENANCE_INVALID', /two parts/],
    [
      'with digests that are none',
      () => sign('name: web\n...\nfiles: [1]\n', ann),
      'CHART_PROVENANCE_INVALID',
      /does not/,
    ],
    ['that nobody signed', async () => text(), 'CHART_PROVENANCE_INVALID', /signature block not found/],
    ['that somebody else signed', () => sign(text(), bob), 'CHART_PROVENANCE_SIGNATURE', /unknown entity/],
    ['that was changed', changed, 'CHART_PROVENANCE_SIGNATURE', /invalid signature/],
    ['that is empty', async () => '', 'CHART_PROVENANCE_INVALID', /signature block not found/],
  ];
  test.each(cases)('refuses one %s', async (_, make, code, message) => {
    const provenance = bytes(await make());
    const verifying = verifyProvenance({ archive, file: FILE, provenance, keyring: ring(ann) });
    await expect(verifying).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('refuses what was signed before, with another text in front', async () => {
    const provenance = bytes(`${text(`sha256:${'0'.repeat(64)}`)}${await sign(text(), ann)}`);
    const other = Buffer.from('another chart');
    await expect(verifyProvenance({ archive: other, file: FILE, provenance, keyring: ring(ann) })).rejects.toThrow();
  });

  test.each(['', 'no keys', '-----BEGIN PGP PUBLIC KEY BLOCK-----\nnothing\n'])(
    'refuses the keyring %j',
    async (keys) => {
      const provenance = bytes(await sign(text(), ann));
      const verifying = verifyProvenance({ archive, file: FILE, provenance, keyring: bytes(keys) });
      await expect(verifying).rejects.toMatchObject({ code: expect.stringMatching(/^CHART_PROVENANCE_/) });
    },
  );

  test('any bytes give a coded error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (more, noise, isKeyring) => {
        const signed = isKeyring ? await signedText : `${await signedText}`.replace(/=/g, more);
        const keyring = isKeyring ? noise : ring(ann);
        const provenance = bytes(isKeyring ? signed : `${more}${signed}`);
        const other = Buffer.from('another chart');
        await expect(verifyProvenance({ archive: other, file: FILE, provenance, keyring })).rejects.toMatchObject({
          code: expect.stringMatching(/^CHART_PROVENANCE_/),
        });
      }),
      { numRuns: 60 },
    );
  });
});
