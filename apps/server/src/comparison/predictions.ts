import { type Clock, isSekishoError, mapConcurrent } from '@sekisho/base';
import { gvkOf, type KubeObject, type Manifest } from '@sekisho/kube';
import {
  type ApplicationCondition,
  compareOptionsOf,
  formatObjectKey,
  isHook,
  isSkipped,
  objectId,
  objectKeyOf,
  objectSyncOptions,
  type Prediction,
  placeObject,
  withoutSecretValues,
  withTracking,
} from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { applyObject } from '../applications/apply.ts';
import { scopes, syncOptionsOf } from '../applications/comparison.ts';
import type { Destination } from '../applications/destinations.ts';
import { servedType } from '../applications/execute.ts';

/** What an API server says of the objects of one application. */
export interface Predicted {
  /** Undefined: it was not asked about this object, or did not answer. */
  predictionOf(manifest: KubeObject, live: KubeObject): Prediction | undefined;
  /** The predicted objects; the same instances as long as the manifest and what lives are the same. */
  readonly objects: readonly KubeObject[];
  /** What it refused to say; then nothing may be decided from a comparison. */
  readonly conditions: readonly ApplicationCondition[];
}

/** Asks API servers what a sync would change (`ServerSideDiff=true`): a dry run for each object and change of it. */
export interface Predictions {
  /** @param live  instances of the watch */
  prepare(input: {
    application: Application;
    destination: Destination;
    manifests: readonly Manifest[];
    live: Iterable<KubeObject>;
  }): Promise<Predicted>;
}

/** One question: the same instances, asked in the same way, need not be asked about again. */
interface Question {
  readonly manifest: KubeObject;
  readonly live: KubeObject;
  readonly desired: KubeObject;
  readonly serverSideApply: boolean;
  readonly validate: boolean;
  readonly includeMutationWebhook: boolean;
}

interface Answer {
  readonly question: Question;
  readonly prediction?: Prediction;
  readonly fault?: { readonly message: string; readonly until: number };
}

/** Requests of one application at a time. */
const PARALLEL = 8;
/** For all objects of one application. */
const DEADLINE_MS = 60_000;
/** An object that was refused is not asked about again for this long, unless it changes. */
const REFUSED_MS = 60_000;
/** Faults that a status names. */
const NAMED = 5;

const NOTHING: Predicted = { predictionOf: () => undefined, objects: [], conditions: [] };

export function createPredictions({ clock }: { clock: Clock }): Predictions {
  const answers = new WeakMap<KubeObject, Answer>();

  function known(question: Question): Answer | undefined {
    const answer = answers.get(question.live);
    if (answer === undefined || !isSame(answer.question, question)) return undefined;
    return answer.fault !== undefined && answer.fault.until <= clock.now() ? undefined : answer;
  }

  async function ask(question: Question, destination: Destination, signal: AbortSignal): Promise<void> {
    const { live, desired, serverSideApply, validate, includeMutationWebhook } = question;
    try {
      const object = await applyObject({
        client: destination.client,
        type: await servedType(destination, desired),
        object: desired,
        live,
        mode: serverSideApply ? 'serverSide' : 'apply',
        validate,
        dryRun: true,
        signal,
      });
      answers.set(live, { question, prediction: { object, includeMutationWebhook } });
    } catch (error) {
      if (!isSekishoError(error) && !signal.aborted) throw error;
      const said = isSekishoError(error) ? error.message : `no answer in ${DEADLINE_MS / 1000} s`;
      const id = formatObjectKey(objectKeyOf(desired));
      const message = `${id}: the API server does not say what applying it would change: ${said}`;
      const fault = { message: withoutSecretValues(message, desired), until: clock.now() + REFUSED_MS };
      answers.set(live, { question, fault });
    }
  }

  return {
    async prepare({ application, destination, manifests, live }) {
      const whole = compareOptionsOf(application.object);
      const asked = manifests.filter(({ object }) => compareOptionsOf(object).serverSideDiff ?? whole.serverSideDiff);
      if (asked.length === 0) return NOTHING;
      const byId = new Map<string, KubeObject>();
      for (const object of live) byId.set(objectId(object), object);
      const isNamespaced = scopes(destination, manifests);
      const options = syncOptionsOf(application);
      const questions = asked.flatMap(({ object: manifest }): Question[] => {
        const placed = placeObject(manifest, isNamespaced(gvkOf(manifest)), application.spec.destination.namespace);
        const found = byId.get(objectId(placed));
        // What is made anew differs in any case; in another version of its kind there is nothing to compare with.
        const isComparable = found?.apiVersion === placed.apiVersion && !isHook(placed) && !isSkipped(placed);
        if (found === undefined || !isComparable) return [];
        const desired = withTracking(application.instanceName, placed);
        const { serverSideApply, validate } = objectSyncOptions(desired, options).options;
        const includeMutationWebhook =
          whole.includeMutationWebhook || compareOptionsOf(manifest).includeMutationWebhook;
        return [{ manifest, live: found, desired, serverSideApply, validate, includeMutationWebhook }];
      });
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const news = questions.filter((question) => known(question) === undefined);
      await mapConcurrent(news, PARALLEL, (question) => ask(question, destination, signal));
      const found = new Map(
        questions.flatMap((question) => {
          const answer = known(question);
          return answer === undefined ? [] : [[question.live, answer] as const];
        }),
      );
      return {
        predictionOf(manifest, object) {
          const answer = found.get(object);
          return answer?.question.manifest === manifest ? answer.prediction : undefined;
        },
        objects: [...found.values()].flatMap(({ prediction }) => prediction?.object ?? []),
        conditions: conditionsOf([...found.values()].flatMap(({ fault }) => fault?.message ?? [])),
      };
    },
  };
}

function isSame(a: Question, b: Question): boolean {
  return (
    a.manifest === b.manifest &&
    a.serverSideApply === b.serverSideApply &&
    a.validate === b.validate &&
    a.includeMutationWebhook === b.includeMutationWebhook &&
    a.desired.metadata.namespace === b.desired.metadata.namespace
  );
}

function conditionsOf(faults: readonly string[]): ApplicationCondition[] {
  const more = faults.length - NAMED;
  const messages = [...faults.slice(0, NAMED), ...(more > 0 ? [`… and ${more} more objects`] : [])];
  return messages.map((message) => ({ type: 'ComparisonError', message }));
}
