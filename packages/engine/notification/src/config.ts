import { type Diagnostic, parseYamlDocuments } from '@sekisho/base';
import { createTemplateSet, type TemplateFunction } from '@sekisho/gotemplate';
import { parseLabelSelector } from '@sekisho/kube';
import { builtinTemplates, builtinTriggers } from './builtin.ts';
import { type Expr, ExpressionSyntaxError, parseExpression } from './expression/parser.ts';
import {
  type NotificationConfig,
  type NotificationService,
  type Recipient,
  type ServiceType,
  type Subscription,
  serviceTypes,
  type TemplateParts,
  type Trigger,
  type TriggerCondition,
} from './types.ts';

const CONFIG_MAP = 'configmap argocd-notifications-cm';
const MAX_DEPTH = 20;

/**
 * Reads `argocd-notifications-cm` with `argocd-notifications-secret`, in Argo CD's form; what has a fault is left out, and
 * all faults are told (code NOTIFICATION_INVALID). `sekisho.fallback` is ours: recipients, as `service:recipient`, of what
 * can't be delivered.
 */
export function readNotificationConfig(input: {
  data: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
}): NotificationConfig {
  return new Reader(input.data, input.secrets).read();
}

class Reader {
  readonly #data: Readonly<Record<string, string>>;
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #templates = createTemplateSet({
    functions: templateFunctions,
    wholeNumbers: 'int64',
    maxOutput: 64 * 1024,
    maxSteps: 100_000,
  });

  constructor(data: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>>) {
    this.#data = data;
    this.#secrets = secrets;
  }

  read(): NotificationConfig {
    const services = new Map<string, NotificationService>();
    const triggers = new Map<string, Trigger>();
    const parts = new Map<string, TemplateParts>();
    for (const [name, text] of Object.entries({ ...builtinTriggers, ...this.#under('trigger.') })) {
      triggers.set(name, { name, conditions: this.#conditions(`trigger.${name}`, text) });
    }
    for (const [name, text] of Object.entries({ ...builtinTemplates, ...this.#under('template.') })) {
      const part = this.#template(name, text);
      if (part !== undefined) parts.set(name, part);
    }
    for (const [name, text] of Object.entries(this.#under('service.'))) {
      const service = this.#service(name, text);
      if (service !== undefined) services.set(service.name, service);
    }
    for (const { name, conditions } of triggers.values()) {
      for (const template of conditions.flatMap(({ send }) => send)) {
        if (!parts.has(template)) this.#fault(`trigger.${name}`, `sends the template ${template}, which is not there`);
      }
    }
    const defaultTriggers = new Map<string, readonly string[]>();
    for (const [key, text] of Object.entries(this.#data)) {
      if (key !== 'defaultTriggers' && !key.startsWith('defaultTriggers.')) continue;
      defaultTriggers.set(key.slice('defaultTriggers.'.length), this.#names(key, this.#yaml(key, text)));
    }
    return {
      services,
      triggers,
      templates: this.#templates,
      parts,
      subscriptions: this.#subscriptions(),
      defaultTriggers,
      context: this.#context(),
      fallback: this.#recipients(
        'sekisho.fallback',
        this.#data['sekisho.fallback']?.split(/[\s,;]+/).filter(Boolean) ?? [],
      ),
      secrets: Object.values(this.#secrets),
      diagnostics: this.#diagnostics,
    };
  }

  #under(prefix: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#data)
        .filter(([key]) => key.startsWith(prefix) && key.length > prefix.length)
        .map(([key, value]) => [key.slice(prefix.length), value]),
    );
  }

  #conditions(key: string, text: string): TriggerCondition[] {
    const value = this.#yaml(key, text);
    if (!Array.isArray(value)) {
      this.#fault(key, 'must be a list of conditions: - when: …, send: [template]');
      return [];
    }
    return value.flatMap((item: unknown): TriggerCondition[] => {
      const { when: given, send, oncePer } = asMap(item);
      // `when: true` is a boolean to YAML.
      const when = typeof given === 'boolean' ? String(given) : given;
      if (typeof when !== 'string') {
        this.#fault(key, 'has a condition without `when`');
        return [];
      }
      const parsed = this.#expression(key, when);
      const once = typeof oncePer === 'string' && oncePer !== '' ? this.#expression(key, oncePer) : undefined;
      if (parsed === undefined || (once === undefined && typeof oncePer === 'string' && oncePer !== '')) return [];
      return [
        { when: parsed, text: when, send: this.#names(key, send), ...(once === undefined ? {} : { oncePer: once }) },
      ];
    });
  }

  #expression(key: string, text: string): Expr | undefined {
    try {
      return parseExpression(text);
    } catch (error) {
      if (!(error instanceof ExpressionSyntaxError)) throw error;
      this.#fault(key, `${JSON.stringify(text)} is no condition: ${error.message} (at character ${error.offset + 1})`);
      return undefined;
    }
  }

  /** Every string in it becomes a template named by its place. */
  #template(name: string, text: string): TemplateParts | undefined {
    const key = `template.${name}`;
    const value = this.#yaml(key, text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#fault(key, 'must have at least a message');
      return undefined;
    }
    const before = this.#diagnostics.length;
    const fields = this.#compiled(name, value, 0) as Record<string, unknown>;
    return this.#diagnostics.length > before ? undefined : { name, fields };
  }

  #compiled(place: string, value: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) return undefined;
    if (typeof value === 'string') {
      for (const { message, origin } of this.#templates.add(place, value)) {
        const { line = 1, column = 1 } = origin ?? {};
        this.#fault(`template.${place}`, `${message} (line ${line}, column ${column} of the text)`);
      }
      return { template: place };
    }
    if (Array.isArray(value)) return value.map((item, index) => this.#compiled(`${place}[${index}]`, item, depth + 1));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([field, inner]) => [field, this.#compiled(`${place}.${field}`, inner, depth + 1)]),
    );
  }

  #service(key: string, text: string): NotificationService | undefined {
    const [type = '', ...rest] = key.split('.');
    if (!serviceTypes.some((known) => known === type)) {
      this.#fault(`service.${key}`, `is of a kind that is not supported; there are ${serviceTypes.join(', ')}`);
      return undefined;
    }
    const settings = this.#revealed(`service.${key}`, asMap(this.#yaml(`service.${key}`, text)), 0);
    return {
      name: rest.length === 0 ? type : rest.join('.'),
      type: type as ServiceType,
      settings: settings as Record<string, unknown>,
    };
  }

  /** `$name` in any text is the value of that key in the Secret. */
  #revealed(key: string, value: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) return undefined;
    if (typeof value === 'string') {
      return value.replace(/\$([-A-Za-z0-9_.]+)/g, (whole, name: string) => {
        const secret = Object.hasOwn(this.#secrets, name) ? this.#secrets[name] : undefined;
        if (secret === undefined)
          this.#fault(key, `names ${whole}, which is not in the secret argocd-notifications-secret`);
        return secret ?? '';
      });
    }
    if (Array.isArray(value)) return value.map((item) => this.#revealed(key, item, depth + 1));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([field, inner]) => [field, this.#revealed(key, inner, depth + 1)]),
    );
  }

  #subscriptions(): Subscription[] {
    const text = this.#data['subscriptions'];
    if (text === undefined) return [];
    const value = this.#yaml('subscriptions', text);
    if (!Array.isArray(value)) {
      this.#fault('subscriptions', 'must be a list of recipients and triggers');
      return [];
    }
    return value.flatMap((item: unknown): Subscription[] => {
      const { recipients, triggers, selector } = asMap(item);
      const found: Subscription = {
        recipients: this.#recipients('subscriptions', this.#names('subscriptions', recipients)),
        triggers: this.#names('subscriptions', triggers),
      };
      if (typeof selector !== 'string' || selector === '') return [found];
      try {
        return [{ ...found, selector: parseLabelSelector(selector) }];
      } catch {
        this.#fault('subscriptions', `${JSON.stringify(selector)} is no label selector`);
        return [];
      }
    });
  }

  #recipients(key: string, texts: readonly string[]): Recipient[] {
    return texts.map((text) => {
      const colon = text.indexOf(':');
      const recipient =
        colon === -1
          ? { service: text, recipient: '' }
          : { service: text.slice(0, colon), recipient: text.slice(colon + 1) };
      const known = Object.keys(this.#under('service.')).some(
        (name) => name === recipient.service || name.split('.').slice(1).join('.') === recipient.service,
      );
      if (!known) this.#fault(key, `names the service ${recipient.service}, which is not there`);
      return recipient;
    });
  }

  #context(): Record<string, string> {
    const text = this.#data['context'];
    if (text === undefined) return {};
    return Object.fromEntries(
      Object.entries(asMap(this.#yaml('context', text))).map(([name, value]) => [name, String(value)]),
    );
  }

  #names(key: string, value: unknown): string[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
    this.#fault(key, 'must be a list of names');
    return [];
  }

  #yaml(key: string, text: string): unknown {
    const { documents, diagnostics } = parseYamlDocuments(text, { file: CONFIG_MAP });
    for (const { message, severity, origin } of diagnostics) {
      if (severity === 'error') this.#fault(key, `${message} (line ${origin?.line ?? 1} of the value)`);
    }
    return documents[0]?.value;
  }

  #fault(key: string, message: string): void {
    this.#diagnostics.push({
      code: 'NOTIFICATION_INVALID',
      severity: 'error',
      message: `${key}: ${message}`,
      origin: { file: CONFIG_MAP },
    });
  }
}

/** The few functions that templates of Argo CD's catalog use besides Go's own. */
const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  upper: (text) => String(text ?? '').toUpperCase(),
  lower: (text) => String(text ?? '').toLowerCase(),
  trim: (text) => String(text ?? '').trim(),
  quote: (text) => JSON.stringify(String(text ?? '')),
  toJson: (value) => JSON.stringify(value ?? null),
  default: (fallback, value) => (value === undefined || value === null || value === '' ? fallback : value),
  trunc: (count, text) => String(text ?? '').slice(0, Number(count)),
  replace: (from, to, text) => String(text ?? '').replaceAll(String(from), String(to)),
};

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
