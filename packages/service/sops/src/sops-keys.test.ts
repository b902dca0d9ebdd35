import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryTree } from '@sekisho/render';
import { decryptFile, type MasterKey } from '@sekisho/sops';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createInstallationSopsKeys,
  createLocalSopsKeys,
  createSopsKeys,
  decryptingTree,
  keysOfSecret,
  type LoadModule,
  type SopsKeys,
} from './index.ts';

const read = (name: string) => readFileSync(new URL(`../testdata/${name}`, import.meta.url));
const identity = read('age.agekey').toString();
const second = read('second.agekey').toString();
const pgpKey = read('throw-away.asc').toString();
const folder = mkdtempSync(join(tmpdir(), 'sekisho-sops-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What comes of a file with these keys: its text, or the message. */
async function opened(name: string, keys: SopsKeys): Promise<string> {
  const { bytes, diagnostics } = await decryptFile(name, read(name), { openKey: keys.openKey });
  return bytes === undefined ? (diagnostics[0]?.message ?? '') : Buffer.from(bytes).toString();
}

const dataKey = Buffer.alloc(32, 7);
const open = (keys: SopsKeys, key: MasterKey) => keys.openKey(key, {});
const noModule: LoadModule = () => Promise.reject(new Error('not installed'));

describe('files that sops wrote', () => {
  it('are opened with an age identity', async () => {
    expect(await opened('regex.yaml', createSopsKeys({ age: [identity] }))).toContain('"p@ss: word # \\"x\\"');
    expect(await opened('regex.yaml', createSopsKeys({ age: [second, `# x\n\n${identity}`] }))).toContain(
      'kind: Secret',
    );
  });

  it('are opened with a PGP key, in this process', async () => {
    expect(await opened('pgp.yaml', createSopsKeys({ pgp: [pgpKey] }))).toContain('"one"');
  });

  it('are opened with shares of two key groups', async () => {
    expect(await opened('groups.yaml', createSopsKeys({ age: [identity, second] }))).toContain('"one"');
    expect(await opened('groups.yaml', createSopsKeys({ age: [second], pgp: [pgpKey] }))).toContain('"one"');
    expect(await opened('groups.yaml', createSopsKeys({ age: [second] }))).toContain('2 of 3 key groups are needed');
  });

  const refusals: [reason: string, file: string, keys: SopsKeys, message: string][] = [
    ['nothing given', 'regex.yaml', createSopsKeys({}), '(no age identity is given)'],
    ['another identity', 'regex.yaml', createSopsKeys({ age: [second] }), '(the age identity given is another one)'],
    [
      'no identity at all',
      'regex.yaml',
      createSopsKeys({ age: ['AGE-SECRET-KEY-1x'] }),
      '(none of the lines given is an age identity',
    ],
    ['no PGP key', 'pgp.yaml', createSopsKeys({ age: [identity] }), '(no private PGP key is given)'],
    [
      'a PGP key that is none',
      'pgp.yaml',
      createSopsKeys({ pgp: ['x'] }),
      '(no private key without a passphrase is among those given)',
    ],
  ];
  it.each(refusals)('are refused with %s, and the recipient is named', async (_, file, keys, message) => {
    const told = await opened(file, keys);
    expect(told).toContain(message);
    expect(told).toMatch(/age recipient age1mug6ec|PGP key 7345C22964E39752489D207CE8F75F76F627D744/);
    expect(told).not.toMatch(/SECRET-KEY-1\w/);
  });
});

describe('keys of a person at a terminal', () => {
  it('are found where sops finds them', async () => {
    mkdirSync(join(folder, 'config/sops/age'), { recursive: true });
    writeFileSync(join(folder, 'config/sops/age/keys.txt'), identity);
    writeFileSync(join(folder, 'own.txt'), identity);
    const environments = [
      { XDG_CONFIG_HOME: join(folder, 'config') },
      { SOPS_AGE_KEY_FILE: join(folder, 'own.txt') },
      { SOPS_AGE_KEY: identity },
    ];
    for (const env of environments) {
      expect(await opened('regex.yaml', await createLocalSopsKeys(env, folder))).toContain('kind: Secret');
    }
    expect(await opened('regex.yaml', await createLocalSopsKeys({}, folder))).toContain('no age identity is given');
    await expect(createLocalSopsKeys({ SOPS_AGE_KEY_FILE: join(folder, 'none') }, folder)).rejects.toMatchObject({
      code: 'SOPS_KEY_FILE',
    });
  });

  it('of an installation come from the environment of its server', async () => {
    const file = join(folder, 'installation.txt');
    writeFileSync(file, identity);
    const named = await createInstallationSopsKeys({ SEKISHO_SOPS_AGE_KEY_FILE: file, SOPS_AGE_KEY_FILE: '/none' });
    expect(await opened('regex.yaml', named)).toContain('kind: Secret');
    expect(await opened('regex.yaml', await createInstallationSopsKeys({}))).toContain('no age identity is given');
    await expect(createInstallationSopsKeys({ SOPS_AGE_KEY_FILE: '/none' })).rejects.toMatchObject({
      code: 'SOPS_KEY_FILE',
    });
  });

  it('are asked of gpg', async () => {
    const home = join(folder, 'gpg');
    mkdirSync(home, { mode: 0o700 });
    const env = { PATH: process.env['PATH'], GNUPGHOME: home };
    expect(await opened('pgp.yaml', await createLocalSopsKeys(env, folder))).toContain('gpg has no secret key for it');
    try {
      execFileSync('gpg', ['--batch', '--quiet', '--import'], {
        input: pgpKey,
        env,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
    } catch {
      process.stdout.write('skipped: gpg is not installed here\n');
      return;
    }
    expect(await opened('pgp.yaml', await createLocalSopsKeys(env, folder))).toContain('"one"');
    execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env });
    const missing = createSopsKeys({ gpg: { program: join(folder, 'none'), env } });
    expect(await opened('pgp.yaml', missing)).toContain("can't be run");
  });
});

describe('clouds, through their SDKs', () => {
  const aws = (arn: string): MasterKey => ({
    type: 'aws_kms',
    arn,
    context: { app: 'web' },
    encrypted: Buffer.from('cipher').toString('base64'),
  });
  const arn = 'arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789012';

  function fakeKms(answer: () => Promise<object>): { load: LoadModule; seen: object[] } {
    const seen: object[] = [];
    class KMSClient {
      constructor(options: object) {
        seen.push(options);
      }
      send(command: { input: object }) {
        seen.push(command.input);
        return answer();
      }
    }
    class DecryptCommand {
      readonly input: object;
      constructor(input: object) {
        this.input = input;
      }
    }
    return {
      seen,
      load: async (name) => (name === '@aws-sdk/client-kms' ? { KMSClient, DecryptCommand } : noModule(name)),
    };
  }

  it('AWS: the region of the ARN, the context, and what the service says', async () => {
    const { load, seen } = fakeKms(async () => ({ Plaintext: dataKey }));
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    expect(await open(createSopsKeys({ aws: credentials }, load), aws(arn))).toEqual(dataKey);
    expect(seen).toMatchObject([
      { region: 'eu-central-1', credentials },
      { KeyId: arn, EncryptionContext: { app: 'web' }, CiphertextBlob: Buffer.from('cipher') },
    ]);
    expect(await open(createSopsKeys({ aws: credentials }, load), aws('arn:aws:kms:evil.org/:1:key/x'))).toEqual({
      reason: 'its ARN is none of a KMS key',
    });
    const denied = fakeKms(() =>
      Promise.reject(Object.assign(new Error('denied'), { $metadata: { httpStatusCode: 400 } })),
    );
    await expect(open(createSopsKeys({ ambientCloud: true }, denied.load), aws(arn))).rejects.toMatchObject({
      code: 'SOPS_KEY_SERVICE',
      retryable: false,
    });
    const away = fakeKms(() => Promise.reject(new Error('getaddrinfo')));
    await expect(open(createSopsKeys({ ambientCloud: true }, away.load), aws(arn))).rejects.toMatchObject({
      retryable: true,
    });
  });

  it('Google', async () => {
    const requests: object[] = [];
    class KeyManagementServiceClient {
      readonly options: object;
      constructor(options: object) {
        this.options = options;
      }
      async decrypt(request: object) {
        requests.push(this.options, request);
        return [{ plaintext: dataKey }];
      }
      async close() {}
    }
    const keys = createSopsKeys({ gcp: { client_email: 'x' } }, async () => ({ KeyManagementServiceClient }));
    const resourceId = 'projects/p/locations/global/keyRings/r/cryptoKeys/k';
    expect(await open(keys, { type: 'gcp_kms', resourceId, encrypted: 'eHg=' })).toEqual(dataKey);
    expect(requests).toEqual([
      { credentials: { client_email: 'x' } },
      { name: resourceId, ciphertext: Buffer.from('xx') },
    ]);
  });

  it('Azure: no vault of somebody else gets a token', async () => {
    const keyIds: string[] = [];
    class CryptographyClient {
      constructor(keyId: string) {
        keyIds.push(keyId);
      }
      async decrypt() {
        return { result: dataKey };
      }
    }
    class ClientSecretCredential {}
    const azure = { tenantId: 't', clientId: 'c', clientSecret: 's' };
    const keys = createSopsKeys({ azure }, async () => ({ CryptographyClient, ClientSecretCredential }));
    const key = { type: 'azure_kv', name: 'k', version: 'v1', encrypted: 'eHg' } as const;
    expect(await open(keys, { ...key, vaultUrl: 'https://team.vault.azure.net' })).toEqual(dataKey);
    expect(keyIds).toEqual(['https://team.vault.azure.net/keys/k/v1']);
    for (const vaultUrl of [
      'https://evil.org',
      'http://team.vault.azure.net',
      'https://vault.azure.net.evil.org',
      'x',
    ]) {
      expect(await open(keys, { ...key, vaultUrl })).toEqual({ reason: 'its address is none of a vault of Azure' });
    }
  });

  it('says which package is missing', async () => {
    const keys = createSopsKeys({ ambientCloud: true }, noModule);
    await expect(open(keys, aws(arn))).rejects.toMatchObject({
      code: 'SOPS_SDK_MISSING',
      hint: expect.stringContaining('npm install @aws-sdk/client-kms'),
    });
    expect(await open(createSopsKeys({}, noModule), aws(arn))).toEqual({
      reason: 'no credentials for this cloud are given',
    });
    expect(await open(createSopsKeys({}), { type: 'unknown', field: 'hckms', encrypted: 'x' })).toEqual({
      reason: 'keys of this kind are not supported',
    });
  });
});

describe('Vault', () => {
  it('decrypts through the transit engine, and no other server gets the token', async () => {
    const requests: { url: string | undefined; token: string | string[] | undefined }[] = [];
    let status = 200;
    const server = createServer((request: IncomingMessage, response) => {
      requests.push({ url: request.url, token: request.headers['x-vault-token'] });
      response.statusCode = status;
      response.end(JSON.stringify({ data: { plaintext: dataKey.toString('base64') } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const keys = createSopsKeys(keysOfSecret({ 'sops.vault-token': 't0ken\n', 'sops.vault-address': address }));
      const key = {
        type: 'hc_vault',
        address,
        enginePath: 'team/transit',
        name: 'k',
        encrypted: 'vault:v1:x',
      } as const;
      expect(await open(keys, key)).toEqual(dataKey);
      expect(requests).toEqual([{ url: '/v1/team/transit/decrypt/k', token: 't0ken' }]);
      expect(await open(keys, { ...key, address: 'https://evil.org' })).toEqual({
        reason: `the token given is for ${address}, and for no other server`,
      });
      expect(await open(keys, { ...key, enginePath: '../sys' })).toMatchObject({ reason: expect.any(String) });
      status = 403;
      expect(await open(keys, key)).toEqual({ reason: 'Vault answered 403' });
      status = 503;
      await expect(open(keys, key)).rejects.toMatchObject({ code: 'SOPS_KEY_SERVICE', retryable: true });
      expect(requests).toHaveLength(3);
    } finally {
      server.close();
    }
  });
});

describe('keysOfSecret', () => {
  it('reads the names that Flux gives', () => {
    expect(
      keysOfSecret({
        'a.agekey': 'A',
        'b.agekey': 'B',
        'key.asc': 'C',
        'sops.aws-kms': 'aws_access_key_id: id\naws_secret_access_key: key\n',
        'sops.gcp-kms': '{"client_email": "x"}',
        'sops.azure-kv': 'tenantId: t\nclientId: c\nclientSecret: s\n',
        other: 'x',
      }),
    ).toEqual({
      age: ['A', 'B'],
      pgp: ['C'],
      vault: undefined,
      aws: { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: undefined },
      gcp: { client_email: 'x' },
      azure: { tenantId: 't', clientId: 'c', clientSecret: 's' },
    });
  });

  it('has an identity that tells keys apart and nothing else', () => {
    const one = createSopsKeys({ age: [identity] }).identity;
    expect(createSopsKeys({ age: [identity] }).identity).toBe(one);
    expect(createSopsKeys({ age: [second] }).identity).not.toBe(one);
    expect(identity).not.toContain(one);
  });
});

describe('decryptingTree', () => {
  const tree = memoryTree({
    'app/secret.yaml': read('regex.yaml'),
    'app/pgp.yaml': read('pgp.yaml'),
    'app/plain.yaml': 'a: 1\n',
  });
  const limits = { maxBytes: 1_000_000 };

  it('gives plain text under the names and ids of the files, and throws what is wrong', async () => {
    const { openKey } = createSopsKeys({ age: [identity] });
    const decrypting = decryptingTree(tree, { openKey, place: { repo: 'r', revision: 'c' } });
    expect(Buffer.from(await decrypting.tree.read('app/plain.yaml', limits)).toString()).toBe('a: 1\n');
    expect(Buffer.from(await decrypting.tree.read('app/secret.yaml', limits)).toString()).toContain('"p@ss');
    expect(await decrypting.tree.list('app')).toEqual(await tree.list('app'));
    for (let times = 0; times < 2; times++) {
      await expect(decrypting.tree.read('app/pgp.yaml', limits)).rejects.toMatchObject({
        code: 'SOPS_NO_KEY',
        message: expect.stringMatching(/^app\/pgp.yaml:5:1: .*PGP key 7345C22964E39752489D207CE8F75F76F627D744/),
        hint: expect.any(String),
      });
    }
    expect(decrypting.redact('invalid: aGVsbG8= and abc')).toBe('invalid: ****** and ******');
  });
});
