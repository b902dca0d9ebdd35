import { type Diagnostic, formatDiagnostic, type Logger, parseYamlDocuments } from '@sekisho/base';
import { createInformer, type KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { compileHealthRules, type Health, type HealthRuleSpec, type HealthRules, healthOf } from '@sekisho/sync';
import { z } from 'zod';
import { CONFIG_MAPS } from './kinds.ts';

/** The ConfigMap of the control namespace whose `data.rules` holds the user's own health rules, as a YAML list. */
export const HEALTH_RULES = 'sekisho-health';

/** Health of objects: by the user's rules first, then by the built-in ones. */
export interface HealthRuleBook {
  readonly rules: HealthRules | undefined;
  healthOf(object: KubeObject): Health | undefined;
  /** Faults of the rules as they stand now; a faulty rule is left out, the others hold. */
  readonly diagnostics: readonly Diagnostic[];
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

const expression = z.string().optional();
const spec = z.strictObject({
  group: z.string().default(''),
  kind: z.string().min(1),
  progressing: expression,
  degraded: expression,
  suspended: expression,
  healthy: expression,
  message: expression,
});

/** Follows the ConfigMap; ready once its first state is known. */
export async function openHealthRuleBook(options: {
  client: KubeClient;
  controlNamespace: string;
  logger: Logger;
}): Promise<HealthRuleBook> {
  const { client, controlNamespace: namespace, logger } = options;
  const listeners = new Set<() => void>();
  let rules: HealthRules | undefined;
  let diagnostics: readonly Diagnostic[] = [];

  const fieldSelector = `metadata.name=${HEALTH_RULES}`;
  const informer = createInformer({ client, type: CONFIG_MAPS, namespace, fieldSelector, logger });
  informer.on(({ type, object }) => {
    const read = type === 'DELETED' ? { rules: undefined, diagnostics: [] } : readHealthRules(object);
    rules = read.rules;
    diagnostics = read.diagnostics;
    for (const diagnostic of diagnostics)
      logger.warn({ fault: formatDiagnostic(diagnostic) }, 'a health rule is at fault');
    for (const listener of listeners) listener();
  });
  informer.start();
  await informer.synced();
  return {
    get rules() {
      return rules;
    },
    get diagnostics() {
      return diagnostics;
    },
    healthOf: (object) => healthOf(object, rules === undefined ? {} : { custom: rules }),
    onChange(listener) {
      listeners.add(listener);
    },
    close: () => informer.close(),
  };
}

/**
 * Compiles the rules of the ConfigMap. Codes: HEALTH_RULE_INVALID (shape or expression) and the YAML codes.
 */
export function readHealthRules(object: KubeObject): { rules: HealthRules | undefined; diagnostics: Diagnostic[] } {
  const file = `configmap ${object.metadata.namespace}/${HEALTH_RULES} data.rules`;
  const text = (object['data'] as Record<string, string> | undefined)?.['rules'] ?? '';
  const { documents, diagnostics } = parseYamlDocuments(text, { file });
  const faults = [...diagnostics];
  const fault = (message: string) =>
    faults.push({
      code: 'HEALTH_RULE_INVALID',
      severity: 'error',
      message,
      origin: { file },
      hint: 'A rule has group, kind and CEL expressions: progressing, degraded, suspended, healthy, message.',
    });
  const found: HealthRuleSpec[] = [];
  for (const document of documents) {
    if (!Array.isArray(document.value)) fault('the rules must be a list');
    for (const [index, entry] of (Array.isArray(document.value) ? document.value : []).entries()) {
      const { data, error } = spec.safeParse(entry);
      for (const issue of error?.issues ?? []) fault(`rule ${index + 1}: ${issue.path.join('.')} ${issue.message}`);
      if (data !== undefined) found.push(withoutUndefined(data));
    }
  }
  if (found.length === 0) return { rules: undefined, diagnostics: faults };
  const { rules, errors } = compileHealthRules(found);
  for (const error of errors) fault(`${error.group}/${error.kind} ${error.field}: ${error.message}`);
  return { rules, diagnostics: faults };
}

function withoutUndefined(rule: z.infer<typeof spec>): HealthRuleSpec {
  return Object.fromEntries(
    Object.entries(rule).filter(([, value]) => value !== undefined),
  ) as unknown as HealthRuleSpec;
}
