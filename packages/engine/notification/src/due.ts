import { createHash } from 'node:crypto';
import { type Diagnostic, parseYamlDocuments } from '@sekisho/base';
import { type KubeObject, matchesLabels } from '@sekisho/kube';
import { incidentSteps, isOver, isWell, RECOVERED } from './builtin.ts';
import { ExpressionError, evaluate } from './expression/evaluate.ts';
import type { DueNotification, NotificationConfig, NotificationMessage, Recipient, TriggerCondition } from './types.ts';

const ANNOTATION = /^notifications\.argoproj\.io\/subscribe\.(?:(.+)\.)?([^.]+)$/;
const LIST_ANNOTATION = 'notifications.argoproj.io/subscriptions';
const MAX_DUE = 200;
/** Triggers times recipients of one application: whoever may annotate it must not make everybody wait. */
const MAX_SUBSCRIPTIONS = 1_000;

export interface DueInput {
  readonly config: NotificationConfig;
  readonly application: KubeObject;
  readonly project?: KubeObject;
  /** Keys of conditions that were true at the last look, of this application. */
  readonly remembered: ReadonlySet<string>;
  /** ms since 1970. */
  readonly now: number;
  /** What git says of a commit, where it is known. */
  readonly commit?: { readonly revision: string; readonly author: string; readonly message: string };
  /** Who was told of a problem that goes on. */
  readonly incidents?: readonly Recipient[];
  /** Fields that drift, for conditions and templates: `drift`. */
  readonly drift?: readonly unknown[];
  /** Names of `context` that the configuration does not say itself. */
  readonly context?: Readonly<Record<string, string>>;
}

export interface Due {
  readonly notifications: readonly DueNotification[];
  /** What to remember instead of `remembered`. */
  readonly keys: readonly string[];
  /** Conditions and templates that failed. */
  readonly diagnostics: readonly Diagnostic[];
  /** There were more than one look tells: another one with these keys tells the next. */
  readonly more: boolean;
}

/**
 * What must be sent because of the state that an application is in: for each subscription, each condition that is true and
 * was not at the last look. Who was told of a problem is told when it is over.
 *
 * A problem is told once until it is over, also when its condition is false in between (Degraded, Progressing, Degraded).
 * What has `oncePer` is told again when that value is another one than the last time.
 *
 * @see Argo CD's notifications: triggers, oncePer, subscriptions
 */
export function dueNotifications(input: DueInput): Due {
  const { config, application, remembered, incidents = [] } = input;
  const names = namesOf(input);
  const notifications: DueNotification[] = [];
  const keys = new Set<string>();
  /** Addresses whose problem goes on, and those that are told of problems at all. */
  const troubled = new Set<string>();
  const watching = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  let more = false;
  const fault = (message: string) =>
    diagnostics.push({
      code: 'NOTIFICATION_FAILED',
      severity: 'error',
      message,
      origin: { file: `application ${application.metadata.namespace}/${application.metadata.name}` },
    });
  const add = (recipient: Recipient, trigger: string, key: string, templates: readonly string[]) => {
    const { message, faults } = rendered(config, templates, {
      ...names,
      recipient: recipient.recipient,
      serviceType: config.services.get(recipient.service)?.type,
    });
    for (const text of faults) fault(text);
    const incident = incidentSteps[trigger];
    notifications.push({ ...recipient, trigger, key, message, ...(incident === undefined ? {} : { incident }) });
  };

  for (const [trigger, recipients] of subscribed(config, input, fault)) {
    const found = config.triggers.get(trigger);
    if (found === undefined) {
      fault(`the trigger ${trigger} is not there`);
      continue;
    }
    const opens = incidentSteps[trigger] === 'open';
    const goesOn = opens && !isOver(trigger, application);
    for (const condition of found.conditions) {
      const id = `${trigger}:${digest(condition.text)}`;
      let once: string | undefined;
      try {
        once = onceOf(condition, names);
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        fault(`the trigger ${trigger} (${condition.text}): ${error.message}`);
      }
      for (const recipient of recipients.values()) {
        const address = addressOf(recipient);
        if (opens) watching.add(address);
        const known = `:${address}`;
        if (once === undefined) {
          if (opens ? !goesOn : condition.oncePer === undefined) continue;
          for (const key of remembered) {
            if (!key.startsWith(`${id}.`) || !key.endsWith(known)) continue;
            keys.add(key);
            if (opens) troubled.add(address);
          }
          continue;
        }
        if (opens) troubled.add(address);
        const key = `${id}.${once}${known}`;
        if (keys.has(key)) continue;
        if (!remembered.has(key)) {
          if (notifications.length >= MAX_DUE) {
            more = true;
            continue;
          }
          add(recipient, trigger, key, condition.send);
        }
        keys.add(key);
      }
    }
  }
  const closed = new Set(notifications.filter(({ incident }) => incident === 'close').map(addressOf));
  for (const recipient of incidents) {
    const address = addressOf(recipient);
    if (troubled.has(address) || closed.has(address)) continue;
    // Who does not subscribe any more hears of the end when all is well.
    if (!watching.has(address) && !isWell(application)) continue;
    add(recipient, RECOVERED, `${RECOVERED}:${address}`, ['app-recovered']);
  }
  return { notifications, keys: [...keys].sort(), diagnostics, more };
}

/** What a trigger would tell of an application, whatever state it is in. Undefined when there is no such trigger. */
export function exampleMessage(
  input: Omit<DueInput, 'remembered' | 'incidents'> & { readonly trigger: string; readonly to: Recipient },
): { readonly message: NotificationMessage; readonly faults: readonly string[] } | undefined {
  const { config, trigger, to } = input;
  const found = config.triggers.get(trigger);
  if (found === undefined) return undefined;
  const templates = [...new Set(found.conditions.flatMap(({ send }) => send))];
  const names = namesOf({ ...input, remembered: new Set() });
  const serviceType = config.services.get(to.service)?.type;
  return rendered(config, templates, { ...names, recipient: to.recipient, serviceType });
}

/** The value of `oncePer`, or '', of a condition that is true; undefined when it is not. */
function onceOf(condition: TriggerCondition, names: Readonly<Record<string, unknown>>): string | undefined {
  if (evaluate(condition.when, names) !== true) return undefined;
  if (condition.oncePer === undefined) return '';
  return digest(JSON.stringify(evaluate(condition.oncePer, names) ?? null));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function addressOf({ service, recipient }: Recipient): string {
  return `${service}:${recipient}`;
}

/** Triggers with those who want them, each recipient once. */
function subscribed(
  config: NotificationConfig,
  { application, project }: DueInput,
  fault: (message: string) => void,
): Map<string, Map<string, Recipient>> {
  const found = new Map<string, Map<string, Recipient>>();
  let left = MAX_SUBSCRIPTIONS;
  const add = (triggers: readonly string[], recipient: Recipient) => {
    const names =
      triggers.length > 0
        ? triggers
        : (config.defaultTriggers.get(recipient.service) ?? config.defaultTriggers.get('') ?? []);
    if (!config.services.has(recipient.service)) {
      fault(`a subscription names the service ${recipient.service}, which is not there`);
      return;
    }
    for (const trigger of names) {
      if (left-- <= 0) {
        if (left === -1) fault(`it has more than ${MAX_SUBSCRIPTIONS} subscriptions; the rest is left out`);
        continue;
      }
      const recipients = found.get(trigger) ?? new Map<string, Recipient>();
      recipients.set(addressOf(recipient), recipient);
      found.set(trigger, recipients);
    }
  };
  for (const { recipients, triggers, selector } of config.subscriptions) {
    if (selector !== undefined && !matchesLabels(selector, application.metadata.labels ?? {})) continue;
    for (const recipient of recipients) add(triggers, recipient);
  }
  for (const { metadata } of project === undefined ? [application] : [application, project]) {
    for (const [name, value] of Object.entries(metadata.annotations ?? {})) {
      const [, trigger, service = ''] = ANNOTATION.exec(name) ?? [];
      if (service === '') continue;
      const recipients = value.split(';').map((text) => text.trim());
      for (const recipient of recipients) add(trigger === undefined ? [] : [trigger], { service, recipient });
    }
    for (const { triggers, service, recipients } of listed(metadata.annotations?.[LIST_ANNOTATION], fault)) {
      for (const recipient of recipients) add(triggers, { service, recipient });
    }
  }
  return found;
}

function listed(text: string | undefined, fault: (message: string) => void) {
  if (text === undefined) return [];
  const list = parseYamlDocuments(text, { file: LIST_ANNOTATION }).documents[0]?.value;
  if (!Array.isArray(list)) {
    fault(`the annotation ${LIST_ANNOTATION} is no list`);
    return [];
  }
  return list.flatMap((item: unknown) => {
    const { trigger = [], triggers = trigger, destinations = [] } = (item ?? {}) as Record<string, unknown>;
    return asList(destinations).flatMap((destination) => {
      const { service, recipients = [] } = (destination ?? {}) as Record<string, unknown>;
      if (typeof service !== 'string') return [];
      const names = asList(recipients).filter((name): name is string => typeof name === 'string');
      return [
        {
          service,
          triggers: asList(triggers).filter((name): name is string => typeof name === 'string'),
          recipients: names.length === 0 ? [''] : names,
        },
      ];
    });
  });
}

function namesOf({
  application,
  project,
  now,
  commit,
  config,
  drift = [],
  context,
}: DueInput): Readonly<Record<string, unknown>> {
  const repo = {
    GetCommitMetadata: (revision: unknown) => ({
      Author: commit?.revision === revision ? commit?.author : '',
      Message: commit?.revision === revision ? commit?.message : '',
      CommitSHA: revision,
    }),
    GetAppDetails: () => ({}),
    RepoURLToHTTPS: (url: unknown) => String(url ?? ''),
    FullNameByRepoURL: (url: unknown) => String(url ?? '').replace(/^.*[:/]([^/]+\/[^/]+?)(?:\.git)?$/, '$1'),
  };
  const at = (ms: number) => ({
    Unix: () => Math.floor(ms / 1000),
    Sub: (other: unknown) => duration(ms - Number((other as { ms?: unknown })?.ms ?? ms)),
    ms,
  });
  return {
    app: application,
    project: project ?? {},
    context: { ...context, ...config.context },
    drift,
    repo,
    strings: {
      ReplaceAll: (text: unknown, from: unknown, to: unknown) => String(text).replaceAll(String(from), String(to)),
      ToUpper: (text: unknown) => String(text).toUpperCase(),
      ToLower: (text: unknown) => String(text).toLowerCase(),
    },
    time: {
      Now: () => at(now),
      Parse: (text: unknown) => at(Date.parse(String(text))),
    },
  };
}

function duration(ms: number) {
  return {
    Seconds: () => ms / 1000,
    Minutes: () => ms / 60_000,
    Hours: () => ms / 3_600_000,
  };
}

function rendered(
  config: NotificationConfig,
  templates: readonly string[],
  names: Readonly<Record<string, unknown>>,
): { message: NotificationMessage; faults: string[] } {
  const faults: string[] = [];
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    const { template } = value as { template?: unknown };
    if (typeof template !== 'string')
      return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, fill(inner)]));
    const answer = config.templates.render(template, names);
    if ('text' in answer) return answer.text;
    faults.push(...answer.diagnostics.map(({ message }) => `the template ${template}: ${message}`));
    return '';
  };
  const texts: string[] = [];
  let fields: Record<string, unknown> = {};
  for (const name of templates) {
    const { message, ...rest } = (fill(config.parts.get(name)?.fields ?? {}) ?? {}) as Record<string, unknown>;
    if (typeof message === 'string' && message !== '') texts.push(message);
    fields = { ...fields, ...rest };
  }
  // Somebody must hear of it, even when its words can't be made.
  if (texts.length === 0) texts.push(`${templates.join(', ')}: ${faults[0] ?? 'there is no such template'}`);
  return { message: { text: texts.join('\n'), fields }, faults };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
