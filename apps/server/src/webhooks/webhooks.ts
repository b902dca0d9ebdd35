import { createLru, type Logger, messageOf, redactUrl, SekishoError } from '@sekisho/base';
import {
  receiveWebhook,
  repositoryName,
  type Sender,
  type WebhookOutcome,
  type WebhookRefusal,
  type WebhookRequest,
  type WebhookSecrets,
} from '@sekisho/webhook';
import type { Audit } from '../audit/audit.ts';

/** What a forge is told. */
export interface WebhookAnswer {
  /** `duplicate`: the same body came before, so nothing was done. */
  readonly result: 'accepted' | 'duplicate' | 'ignored';
  /** How many followed repositories are fetched because of it. */
  readonly repositories: number;
}

export interface Webhooks {
  /** @throws SekishoError WEBHOOK_SENDER_UNKNOWN | WEBHOOK_SECRET_MISSING | WEBHOOK_SIGNATURE_INVALID | WEBHOOK_BODY_INVALID */
  receive(sender: Sender | undefined, request: WebhookRequest, address: string): Promise<WebhookAnswer>;
  close(): Promise<void>;
}

const STATUS: Readonly<Record<WebhookRefusal, number>> = {
  WEBHOOK_SENDER_UNKNOWN: 400,
  WEBHOOK_SECRET_MISSING: 403,
  WEBHOOK_SIGNATURE_INVALID: 401,
  WEBHOOK_BODY_INVALID: 400,
};
/** Bodies that are remembered. One that comes again after it was forgotten, or after a restart, costs one fetch. */
const REMEMBERED = 10_000;

/**
 * A push makes the repositories it names be fetched at once; nothing else of it is believed. However many come, one
 * repository is fetched by one at a time, and once more when a push came meanwhile.
 */
export function createWebhooks(options: {
  secrets: () => Promise<WebhookSecrets>;
  sources: {
    addresses(): readonly string[];
    refresh(source: { repoURL: string }, options: { hard: boolean; signal: AbortSignal }): Promise<void>;
  };
  audit: Audit;
  /** Told of each followed repository that a push names. */
  onPush?: (repoURL: string) => void;
  /** Told of every event that is proven and new, whatever it is about. */
  onEvent?: (sender: Sender) => void;
  /** Counts requests by sender ('' when unknown) and result (a refusal's code, else what the forge was told). */
  onResult: (sender: string, result: string) => void;
  now: () => number;
  logger: Logger;
}): Webhooks {
  const { sources, audit, logger } = options;
  const seen = createLru<string, true>({ maxWeight: REMEMBERED, weigh: () => 1 });
  const fetching = new Map<string, { again: boolean; done: Promise<void> }>();
  const closing = new AbortController();

  function fetchNow(repoURL: string): void {
    const running = fetching.get(repoURL);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const entry = { again: false, done: Promise.resolve() };
    entry.done = fetchUntilQuiet(repoURL, entry).finally(() => fetching.delete(repoURL));
    fetching.set(repoURL, entry);
  }

  async function fetchUntilQuiet(repoURL: string, entry: { again: boolean }): Promise<void> {
    do {
      entry.again = false;
      try {
        await sources.refresh({ repoURL }, { hard: false, signal: closing.signal });
      } catch (error) {
        // Polling goes on trying, and the applications say what is wrong.
        logger.warn({ repo: redactUrl(repoURL), error: messageOf(error) }, 'the fetch after a webhook failed');
      }
    } while (entry.again && !closing.signal.aborted);
  }

  function take(outcome: WebhookOutcome & { accepted: true }, address: string): WebhookAnswer {
    const { event, sender } = outcome;
    const isKnown = seen.get(outcome.digest) === true;
    seen.set(outcome.digest, true);
    if (!isKnown && event.kind !== 'ping') options.onEvent?.(sender);
    if (event.kind !== 'push') return { result: 'ignored', repositories: 0 };
    if (isKnown) return { result: 'duplicate', repositories: 0 };
    const names = new Set(event.repositories.map(repositoryName));
    const followed = sources.addresses().filter((repoURL) => {
      const name = repositoryName(repoURL);
      return name !== undefined && names.has(name);
    });
    for (const repoURL of followed) {
      options.onPush?.(repoURL);
      fetchNow(repoURL);
    }
    const { pusher, changes, repositories } = event;
    audit.record({
      actor: { user: pusher === undefined ? sender : `${sender}:${pusher}`, groups: [], method: 'webhook', address },
      action: 'repository.push',
      object: { type: 'repository', name: redactUrl(followed[0] ?? repositories[0] ?? '') },
      outcome: 'succeeded',
      ...(changes[0]?.after === undefined ? {} : { revision: changes[0].after }),
      details: { refs: changes.map(({ ref }) => ref), followed: followed.length },
    });
    return { result: followed.length === 0 ? 'ignored' : 'accepted', repositories: followed.length };
  }

  return {
    async receive(sender, request, address) {
      const outcome = receiveWebhook(request, { sender, secrets: await options.secrets(), now: options.now() });
      if (outcome.accepted) {
        const answer = take(outcome, address);
        options.onResult(outcome.sender, answer.result);
        return answer;
      }
      const { code, message, hint } = outcome;
      options.onResult(outcome.sender ?? '', code);
      logger.warn({ sender: outcome.sender, code, address }, 'a webhook was refused');
      throw new SekishoError(code, message, { hint, details: { status: STATUS[code] } });
    },
    async close() {
      closing.abort();
      await Promise.all([...fetching.values()].map(({ done }) => done));
    },
  };
}
