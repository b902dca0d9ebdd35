import type { Clock } from '@sekisho/base';
import type { EventRecorder } from '@sekisho/client';
import type { ApplicationCondition } from '@sekisho/sync';
import type { Application, Operation } from '../applications/application.ts';
import type { Destination } from '../applications/destinations.ts';
import type { Rendered } from '../applications/merged-sources.ts';
import type { Sources } from '../applications/sources.ts';
import type { Audit } from '../audit/audit.ts';
import type { PolicyBook } from '../policies/policy-book.ts';
import { deniedEntry, deniedError, isDenied, isTold } from './denied.ts';
import { explainerOf } from './explainer.ts';
import { gateConditions } from './gate-conditions.ts';
import type { GateLook } from './gate-look.ts';
import type { PolicyGate } from './policy-gate.ts';
import { originsIn } from './verdict-origins.ts';

/** What policies say of an application, as its status tells it. */
export interface GateJudgement {
  readonly conditions: readonly ApplicationCondition[];
  /** When to look again: a waiver ends, or policies could not be asked. */
  readonly afterMs: number | undefined;
}

/** Stands between a render and its sync. */
export interface GateKeeper {
  /** Who has to know of a denial is told once: by an event and an entry of the audit log. */
  judge(
    application: Application,
    destination: Destination,
    rendered: Rendered,
    signal: AbortSignal,
  ): Promise<GateJudgement>;
  /** @throws SekishoError POLICY_DENIED when policies deny what the operation would apply */
  admit(
    application: Application,
    destination: Destination,
    rendered: Rendered,
    operation: Operation,
    signal: AbortSignal,
  ): Promise<void>;
}

const RETRY_MS = 5_000;
/** Timers hold about 24 days; looking once a day costs nothing. */
const LONGEST_MS = 86_400_000;

export function createGateKeeper(options: {
  readonly gate: Pick<PolicyGate, 'look' | 'preview'>;
  readonly sources: Pick<Sources, 'repository'>;
  readonly policies: Pick<PolicyBook, 'worker'>;
  readonly events: EventRecorder;
  readonly audit: Audit;
  readonly clock: Clock;
}): GateKeeper {
  const { gate, sources, clock } = options;
  const explain = explainerOf(options.policies.worker);
  const told = new WeakMap<GateLook, readonly ApplicationCondition[]>();

  async function conditionsOf(application: Application, rendered: Rendered, look: GateLook) {
    let conditions = told.get(look);
    if (conditions === undefined && hasNothing(look)) return NOTHING;
    if (conditions === undefined) {
      conditions = await gateConditions(look, originsIn(application, rendered, sources), explain);
      told.set(look, conditions);
    }
    return conditions;
  }

  function announce(
    application: Application,
    rendered: Rendered,
    look: GateLook,
    conditions: readonly ApplicationCondition[],
  ): void {
    if (isTold(application, conditions)) return;
    const messages = conditions.filter(({ type }) => type === 'PolicyViolationError').map(({ message }) => message);
    options.events.event(application.object, 'Warning', 'PolicyDenied', messages.join('; '));
    if (look.deny > 0) options.audit.record(deniedEntry(application, rendered, look));
  }

  return {
    async judge(application, destination, rendered, signal) {
      const look = await gate.look(application, destination, rendered.result.manifests, signal);
      const conditions = await conditionsOf(application, rendered, look);
      announce(application, rendered, look, conditions);
      return { conditions, afterMs: afterMs(look, clock.now()) };
    },
    async admit(application, destination, rendered, operation, signal) {
      const look = await gate.preview(application, destination, rendered.result.manifests, signal);
      if (isDenied(look, operation)) throw deniedError(await conditionsOf(application, rendered, look));
    },
  };
}

const NOTHING: readonly ApplicationCondition[] = [];

function hasNothing({ fault, deny, warn, diagnostics }: GateLook): boolean {
  return fault === undefined && deny === 0 && warn === 0 && diagnostics.length === 0;
}

function afterMs({ fault, expiresAt }: GateLook, now: number): number | undefined {
  if (fault !== undefined) return RETRY_MS;
  return expiresAt === undefined ? undefined : Math.min(LONGEST_MS, Math.max(0, expiresAt - now));
}
