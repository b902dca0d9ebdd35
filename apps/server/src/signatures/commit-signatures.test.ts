import { SekishoError, silentLogger } from '@sekisho/base';
import { parseProject } from '@sekisho/project';
import { expect, test } from 'vitest';
import type { Application } from '../applications/application.ts';
import type { Sources } from '../applications/sources.ts';
import type { ProjectBook, ProjectEntry } from '../projects/project-book.ts';
import { createCommitSignatures, SSH_SIGNERS_ANNOTATION } from './commit-signatures.ts';

const application = { key: 'argocd/web', spec: { project: 'shop' } } as Application;
const key = Buffer.from('a public key in wire format');

function setUp(options: { annotations?: Record<string, string>; spec?: object; principals?: readonly string[] } = {}) {
  const { annotations = { [SSH_SIGNERS_ANNOTATION]: 'ann' }, spec = {}, principals = ['ann'] } = options;
  const object = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'shop', annotations },
    spec,
  };
  const parsed = parseProject(object);
  const entry = { object, project: 'project' in parsed ? parsed.project : undefined } as unknown as ProjectEntry;
  const listeners: (() => void)[] = [];
  const reads: string[] = [];
  let isAway = false;
  const signatures = createCommitSignatures({
    book: { get: (name) => (name === 'shop' ? entry : undefined) } as Pick<ProjectBook, 'get'>,
    keys: {
      gpgKeys: () => [],
      sshSigners: () => [{ principals, type: 'ssh-ed25519', key }],
      onChange: (listener) => listeners.push(listener),
    },
    sources: {
      repository: async (repoURL: string) => ({
        signedCommit: async (commit: string) => {
          reads.push(`${repoURL} ${commit}`);
          if (isAway) throw new SekishoError('GIT_UNREACHABLE', 'away', { retryable: true });
          return { commit, payload: Buffer.alloc(0), signature: undefined, committedAt: 0 };
        },
      }),
    } as unknown as Pick<Sources, 'repository'>,
    controlNamespace: 'argocd',
    logger: silentLogger,
  });
  const commits = [
    { repoURL: 'embedded:a', commit: 'a'.repeat(40) },
    { repoURL: 'embedded:b', commit: 'b'.repeat(40) },
  ];
  return {
    signatures,
    reads,
    verify: () => signatures.verify(application, commits),
    away: (value: boolean) => {
      isAway = value;
    },
    change: () => {
      for (const listener of listeners) listener();
    },
  };
}

test('a project that asks for nothing is asked nothing of, and one that is not known neither', async () => {
  const { signatures, verify, reads } = setUp({ annotations: { [SSH_SIGNERS_ANNOTATION]: ' , ' } });
  await verify();
  expect(reads).toEqual([]);
  expect([signatures.areRequired('shop'), signatures.areRequired('nowhere')]).toEqual([false, false]);
});

test('a commit is read once for all applications that have it', async () => {
  const { verify, reads } = setUp();
  const answers = await Promise.allSettled([verify(), verify(), verify()]);
  expect(answers.map((answer) => answer.status === 'rejected' && answer.reason.code)).toEqual(
    Array(3).fill('SIGNATURE_MISSING'),
  );
  await expect(verify()).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' });
  expect(reads).toEqual([`embedded:a ${'a'.repeat(40)}`]);
});

test('a fault of the world is no verdict on the commit', async () => {
  const { verify, away } = setUp();
  away(true);
  await expect(verify()).rejects.toMatchObject({ code: 'GIT_UNREACHABLE', retryable: true });
  away(false);
  await expect(verify()).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' });
});

test.each([
  ['nobody of the allowed signers is named', { principals: ['bob'] }, 'sekisho-ssh-allowed-signers'],
  [
    'there is no GPG key',
    { annotations: {}, spec: { signatureKeys: [{ keyID: '4AEE18F83AFDEB23' }] } },
    'argocd-gpg-keys-cm',
  ],
  [
    'a key id that is empty lets nobody through',
    { annotations: {}, spec: { signatureKeys: [{}] } },
    'argocd-gpg-keys-cm',
  ],
])('when %s, nothing is let through, and the place is named', async (_, options, place) => {
  const { verify } = setUp(options);
  await expect(verify()).rejects.toMatchObject({
    code: 'SIGNATURE_KEYS_MISSING',
    message: expect.stringContaining(place),
  });
});

test('whoever follows it is told when keys change', () => {
  const { signatures, change } = setUp();
  let told = 0;
  signatures.onChange(() => {
    told += 1;
  });
  change();
  expect(told).toBe(1);
});
