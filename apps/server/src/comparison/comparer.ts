import type { Clock, Logger } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject, Manifest } from '@sekisho/kube';
import type { ApplicationComparison } from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { compare, liveOf } from '../applications/comparison.ts';
import type { Destination } from '../applications/destinations.ts';
import type { HealthRuleBook } from '../applications/health-rules.ts';
import { openComparisonSettings } from './comparison-settings.ts';
import { createIgnoring, type Ignored } from './ignoring.ts';
import { createJq } from './jq.ts';
import { createPredictions } from './predictions.ts';

export interface ComparerInput {
  readonly application: Application;
  readonly destination: Destination;
  readonly manifests: readonly Manifest[];
  /** Objects that were just written and that the watch may not show yet. */
  readonly written?: ReadonlyMap<string, KubeObject>;
  /** The manifests are the last good ones, not what git says now. */
  readonly desiredUnknown?: boolean;
}

/** Compares applications with what lives, by their own rules and those for all. */
export interface Comparer {
  /** With a fault in the rules (a ComparisonError among the conditions) the sync status is Unknown. */
  look(input: ComparerInput): Promise<ApplicationComparison>;
  /** What a sync leaves as it lives, see RespectIgnoreDifferences. `live` are the instances that the sync plans with. */
  ignored(application: Application, manifests: readonly Manifest[], live: Iterable<KubeObject>): Promise<Ignored>;
  /** Called when rules for all applications change. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

export async function openComparer(options: {
  client: KubeClient;
  controlNamespace: string;
  health: HealthRuleBook;
  clock: Clock;
  logger: Logger;
}): Promise<Comparer> {
  const { health, clock } = options;
  const settings = await openComparisonSettings(options);
  const jq = createJq();
  const ignoring = createIgnoring({ jq, settings, clock });
  const predictions = createPredictions({ clock });
  return {
    async look(input) {
      const { application, destination, manifests } = input;
      const live = liveOf(application, destination, manifests, input.written);
      const predicted = await predictions.prepare({ application, destination, manifests, live });
      const ignored = await ignoring.prepare(application, manifests, [...live, ...predicted.objects]);
      const faults = [...predicted.conditions, ...ignored.conditions];
      const isFaulty = faults.some(({ type }) => type === 'ComparisonError');
      const comparison = await compare({
        application,
        destination,
        manifests,
        live,
        ignored,
        predictionOf: predicted.predictionOf,
        settings: settings.current,
        healthRules: health.rules,
        desiredUnknown: isFaulty || input.desiredUnknown === true,
      });
      return faults.length === 0 ? comparison : { ...comparison, conditions: [...comparison.conditions, ...faults] };
    },
    ignored: (application, manifests, live) => ignoring.prepare(application, manifests, live),
    onChange: (listener) => settings.onChange(listener),
    async close() {
      await settings.close();
      await jq.close();
    },
  };
}
