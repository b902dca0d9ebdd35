import type { Diagnostic } from '@sekisho/base';
import type { TemplateSet } from '@sekisho/gotemplate';
import type { Requirement } from '@sekisho/kube';
import type { Expr } from './expression/parser.ts';

export const serviceTypes = ['slack', 'webhook', 'email', 'teams'] as const;
export type ServiceType = (typeof serviceTypes)[number];

/** A way to reach people, as `service.<type>[.<name>]` says it. */
export interface NotificationService {
  /** What subscriptions call it. */
  readonly name: string;
  readonly type: ServiceType;
  /** With the values of secrets in it: never to be shown. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Recipient {
  readonly service: string;
  /** A channel, an address; '' where the service has only one. */
  readonly recipient: string;
}

export interface TriggerCondition {
  readonly when: Expr;
  /** As it is written; part of what is remembered. */
  readonly text: string;
  readonly send: readonly string[];
  /** While its value stays the same, nothing is sent again. */
  readonly oncePer?: Expr;
}

export interface Trigger {
  readonly name: string;
  readonly conditions: readonly TriggerCondition[];
}

export interface Subscription {
  readonly recipients: readonly Recipient[];
  /** Empty: the default triggers. */
  readonly triggers: readonly string[];
  readonly selector?: readonly Requirement[];
}

/** Text of a service's own kind in one template; every string is a template of its own. */
export interface TemplateParts {
  readonly name: string;
  /** JSON with names of templates in the place of texts. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface NotificationConfig {
  readonly services: ReadonlyMap<string, NotificationService>;
  readonly triggers: ReadonlyMap<string, Trigger>;
  readonly templates: TemplateSet;
  readonly parts: ReadonlyMap<string, TemplateParts>;
  readonly subscriptions: readonly Subscription[];
  /** By service; '' for all others. */
  readonly defaultTriggers: ReadonlyMap<string, readonly string[]>;
  /** `context`: names that templates may use. */
  readonly context: Readonly<Record<string, string>>;
  /** Who is told when a message can't be delivered. */
  readonly fallback: readonly Recipient[];
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What is sent: a text, and what single services want besides. */
export interface NotificationMessage {
  readonly text: string;
  /** `slack`, `email`, `teams`, `webhook`: as the templates say it, texts filled in. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Opens an incident, or tells that it is over: messengers keep one message per incident. */
export type IncidentStep = 'open' | 'close';

export interface DueNotification extends Recipient {
  readonly trigger: string;
  /** Names the condition that came true: sent once while it stays so. */
  readonly key: string;
  readonly message: NotificationMessage;
  readonly incident?: IncidentStep;
}
