import { expect, test } from 'vitest';
import { pushRefusal } from './push.ts';

const url = 'https://git.example/team/config.git';
const to = `To ${url}\n`;
const failed = `error: failed to push some refs to '${url}'\n`;

test.each([
  ['fetched too long ago', ` ! [rejected]        abc -> main (fetch first)\n`],
  ['not on top', ` ! [rejected]        abc -> main (non-fast-forward)\n`],
  ['locked', ` ! [remote rejected] abc -> main (cannot lock ref 'refs/heads/main')\n`],
  ['moved in between', ` ! [remote rejected] abc -> main (failed to update ref)\n`],
  ['moved in between, newer git', ` ! [remote rejected] abc -> main (incorrect old value provided)\n`],
])('somebody was quicker: %s', (_, line) => {
  expect(pushRefusal(to + line + failed, url, [])).toEqual({ raced: true });
});

test.each([
  [
    'GitHub',
    'remote: error: GH006: Protected branch update failed for refs/heads/main.\n',
    'protected branch hook declined',
  ],
  [
    'GitLab',
    'remote: GitLab: You are not allowed to push code to protected branches on this project.\n',
    'pre-receive hook declined',
  ],
  ['Gitea', 'remote: Gitea: Not allowed to push to protected branch main\n', 'pre-receive hook declined'],
  ['a hook that speaks of a fetch first', 'remote: please fetch first and make a request\n', 'hook declined'],
])('the branch is protected: %s', (_, remote, verdict) => {
  const refusal = pushRefusal(`${remote}${to} ! [remote rejected] abc -> main (${verdict})\n${failed}`, url, []);
  expect(refusal).toMatchObject({ raced: false, error: { code: 'GIT_PROTECTED' } });
});

test.each([
  ['GIT_AUTH', `fatal: unable to access '${url}/': The requested URL returned error: 403\n`],
  ['GIT_UNREACHABLE', `fatal: unable to access '${url}/': Could not resolve host: git.example\n`],
])('%s', (code, stderr) => {
  expect(pushRefusal(stderr, url, [])).toMatchObject({ raced: false, error: { code } });
});

test('no secret is repeated', () => {
  const stderr = `remote: bad token s3cr3t-token\nfatal: https://x:s3cr3t-token@git.example/ returned error: 403\n`;
  expect(JSON.stringify(pushRefusal(stderr, url, ['s3cr3t-token']))).not.toContain('s3cr3t-token');
});
