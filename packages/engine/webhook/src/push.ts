import { list, text } from './json.ts';
import type { PushEvent, WebhookRefChange } from './types.ts';

const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const NO_COMMIT = /^0+$/;
/** Forges allow fewer refs in one push; what is beyond is found by polling. */
const MAX_CHANGES = 1000;

/** A moved ref; undefined when what is given is none. An id of zeroes means that there was, or is, no commit. */
export function refChange(ref: unknown, before: unknown, after: unknown): WebhookRefChange | undefined {
  if (typeof ref !== 'string' || !ref.startsWith('refs/') || ref.length > 1024) return undefined;
  const [from, to] = [commit(before), commit(after)];
  if (from === 'faulty' || to === 'faulty') return undefined;
  return { ref, ...(from === undefined ? {} : { before: from }), ...(to === undefined ? {} : { after: to }) };
}

function commit(value: unknown): string | undefined | 'faulty' {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !OBJECT_ID.test(value)) return 'faulty';
  return NO_COMMIT.test(value) ? undefined : value;
}

/** A push; undefined when it names no repository or no change. */
export function pushEvent(input: {
  repositories: readonly (string | undefined)[];
  changes: readonly (WebhookRefChange | undefined)[];
  defaultBranch?: string | undefined;
  pusher?: string | undefined;
}): PushEvent | undefined {
  const repositories = [...new Set(input.repositories.filter((url) => url !== undefined))];
  const changes = input.changes.filter((change) => change !== undefined).slice(0, MAX_CHANGES);
  if (repositories.length === 0 || changes.length === 0) return undefined;
  return {
    kind: 'push',
    repositories,
    changes,
    ...(input.defaultBranch === undefined ? {} : { defaultBranch: input.defaultBranch.replace(/^refs\/heads\//, '') }),
    ...(input.pusher === undefined ? {} : { pusher: input.pusher }),
  };
}

/** GitHub's form of a push, which Gitea, Forgejo and Gogs share. */
export function hubPush(body: unknown, pusher: string | undefined): PushEvent | undefined {
  return pushEvent({
    repositories: ['clone_url', 'ssh_url', 'html_url', 'git_url'].map((key) => text(body, 'repository', key)),
    changes: [refChange(text(body, 'ref'), text(body, 'before'), text(body, 'after'))],
    defaultBranch: text(body, 'repository', 'default_branch'),
    pusher,
  });
}

/** Addresses in a list of `{name, href}`, as both Bitbuckets write them. */
export function hrefs(value: unknown, ...path: readonly string[]): (string | undefined)[] {
  return list(value, ...path).map((link) => text(link, 'href'));
}
