import { gvkOf } from '@sekisho/kube';
import {
  type ApplicationVerdict,
  type Explanation,
  type GateVerdict,
  toApplicationVerdict,
} from '@sekisho/policy/asking';
import type { Application } from '../applications/application.ts';
import type { Rendered } from '../applications/merged-sources.ts';
import type { Sources } from '../applications/sources.ts';
import type { PolicyBook } from '../policies/policy-book.ts';
import { explainerOf } from './explainer.ts';
import { originOf } from './gate-conditions.ts';
import type { GateLook } from './gate-look.ts';
import { originsIn } from './verdict-origins.ts';

/** Verdicts that are told at most: nobody reads more. */
const MAX_VERDICTS = 2_000;
const RANKS: Readonly<Record<ApplicationVerdict['decision'], number>> = { deny: 0, warn: 1, waived: 2, dryrun: 3 };

/** Verdicts with everything that people want to know of them, the hardest first. */
export async function applicationVerdicts(
  look: GateLook,
  options: {
    readonly application: Application;
    readonly rendered: Rendered;
    readonly sources: Pick<Sources, 'repository'>;
    readonly book: Pick<PolicyBook, 'info' | 'worker'>;
    readonly explain: boolean;
    readonly signal: AbortSignal;
  },
): Promise<readonly ApplicationVerdict[]> {
  const { book, explain, signal } = options;
  const { policies, waivers } = book.info();
  const known = new Map(policies.map((policy) => [policy.id, policy]));
  const origins = originsIn(options.application, options.rendered, options.sources);
  const explainer = explainerOf(book.worker, signal);
  const items: ApplicationVerdict[] = [];
  for (const verdict of look.verdicts.slice(0, MAX_VERDICTS)) {
    signal.throwIfAborted();
    const explained = explain ? await explainer(verdict, look) : undefined;
    const origin = await originOf(verdict, look, origins, explained === undefined ? explainer : () => explained);
    items.push(
      toApplicationVerdict(verdict, {
        policy: known.get(verdict.policyId),
        waivers: [...waivers, ...look.waivers],
        origin,
        excerpt: origin === undefined ? undefined : await origins.excerptAt(origin),
        explanation: explained === undefined ? undefined : withoutSecrets(explained, verdict),
      }),
    );
  }
  return items.sort((a, b) => RANKS[a.decision] - RANKS[b.decision]);
}

/** What stands in a Secret is nobody's to read. */
function withoutSecrets(explanation: Explanation, { subject }: GateVerdict): Explanation {
  if (subject.kind !== 'Secret') return explanation;
  return { ...explanation, values: explanation.values.map(({ path }) => ({ path })) };
}

/** Which policies are about which files, and have nothing against them. */
export function passedPairs(
  look: GateLook,
  book: Pick<PolicyBook, 'info'>,
): readonly { readonly file: string; readonly policyId: string }[] {
  const pairs = new Map<string, { file: string; policyId: string }>();
  const asked = book.info().policies.filter(({ gates }) => gates.includes('sync'));
  for (const { object, origin } of look.asked?.requests ?? []) {
    if (object === undefined || origin === undefined) continue;
    const { group, kind } = gvkOf(object);
    for (const { id, kinds } of asked) {
      if (!kinds.includes('*') && !kinds.includes(kind) && !kinds.includes(`${group}/${kind}`)) continue;
      pairs.set(`${origin.file}\n${id}`, { file: origin.file, policyId: id });
    }
  }
  for (const { subject, policyId } of look.verdicts) pairs.delete(`${subject.origin?.file}\n${policyId}`);
  return [...pairs.values()];
}
