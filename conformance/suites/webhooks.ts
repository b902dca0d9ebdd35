import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { receiveWebhook, type Sender, type WebhookOutcome, type WebhookSecrets } from '@sekisho/webhook';
import type { CaseResult, RunSuite } from '../suite.ts';

interface Case {
  readonly file: string;
  readonly sender: Sender;
  readonly headers: Readonly<Record<string, string>>;
  readonly want: { readonly refused: string } | Readonly<Record<string, unknown>>;
}

const SECRET = 'made for this run';
const shared = { type: 'shared', secret: SECRET } as const;
const secrets: WebhookSecrets = {
  github: shared,
  gitlab: shared,
  gitea: shared,
  bitbucket: shared,
  'bitbucket-server': shared,
  azuredevops: { type: 'basic', username: 'sekisho', password: SECRET },
};

/** Each payload of `expectations.json` (the folder's, else ours) is sent as its forge would, proven; then with a proof of another body or secret, which must be refused. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const own = join(casesDir, 'expectations.json');
  const expectations = existsSync(own) ? own : new URL('../expectations/webhooks.json', import.meta.url);
  const { cases } = JSON.parse(await readFile(expectations, 'utf8')) as { cases: Case[] };
  const results: CaseResult[] = [];
  for (const { file, sender, headers, want } of cases) {
    signal.throwIfAborted();
    const body = await readFile(join(casesDir, file));
    const send = (proof: Record<string, string>) =>
      receiveWebhook({ headers: { ...headers, ...proof }, body }, { sender, secrets, now: Date.now() });
    const got = summary(send(proofOf(sender, body, SECRET)));
    const forged = summary(send(proofOf(sender, body, 'guessed')));
    const refusal = 'refused' in forged ? forged.refused : 'accepted';
    results.push({
      id: file,
      passed: isDeepStrictEqual(got, want),
      reason: `wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`,
    });
    results.push({
      id: `${file}#forged`,
      passed: refusal === 'WEBHOOK_SIGNATURE_INVALID',
      reason: `wanted WEBHOOK_SIGNATURE_INVALID, got ${refusal}`,
    });
  }
  return results;
};

function summary(outcome: WebhookOutcome) {
  return outcome.accepted ? outcome.event : { refused: outcome.code };
}

function proofOf(sender: Sender, body: Uint8Array, secret: string): Record<string, string> {
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  switch (sender) {
    case 'github':
      return { 'x-hub-signature-256': `sha256=${hex}` };
    case 'gitea':
      return { 'x-gitea-signature': hex };
    case 'gitlab':
      return { 'x-gitlab-token': secret };
    case 'azuredevops':
      return { authorization: `Basic ${Buffer.from(`sekisho:${secret}`).toString('base64')}` };
    default:
      return { 'x-hub-signature': `sha256=${hex}` };
  }
}
