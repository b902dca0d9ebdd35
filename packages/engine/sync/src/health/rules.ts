import { type CelInput, type CelResult, celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { messageOf } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { isObject } from '../json.ts';
import { type Health, type HealthStatus, health } from './health.ts';

/**
 * A user's rule for one kind: CEL expressions over `object` (also `self`; `metadata`, `spec`, `status` and `data` are
 * its fields, empty when absent). Each is a bool, `message` is a string.
 */
export interface HealthRuleSpec {
  readonly group: string;
  readonly kind: string;
  readonly progressing?: string;
  readonly degraded?: string;
  readonly suspended?: string;
  readonly healthy?: string;
  /** The text that goes with whatever status is found. */
  readonly message?: string;
}

export interface HealthRuleError {
  readonly group: string;
  readonly kind: string;
  readonly field: string;
  readonly message: string;
}

export interface HealthRules {
  /** Health by the user's rule; undefined when there is none for this kind. */
  evaluate(group: string, object: KubeObject): Health | undefined;
}

type Evaluate = (bindings: Bindings) => CelResult;
type Bindings = Readonly<Record<string, CelInput>>;

interface CompiledRule {
  readonly conditions: readonly { readonly status: HealthStatus; readonly field: string; readonly run: Evaluate }[];
  readonly message: Evaluate | undefined;
  readonly hasHealthy: boolean;
}

/** inProgress, failed, current is Flux's order; Suspended stands between failed and current. */
const fields = [
  ['progressing', 'Progressing'],
  ['degraded', 'Degraded'],
  ['suspended', 'Suspended'],
  ['healthy', 'Healthy'],
] as const satisfies readonly (readonly [keyof HealthRuleSpec, HealthStatus])[];

const maxExpressionLength = 4096;
/** Loops inside loops make the cost of an expression a power of the object's size. */
const maxLoopDepth = 2;
const maxLoops = 8;
const maxDepth = 64;
const maxMessageLength = 1024;

const environment = celEnv();

/**
 * Compiles all rules; what does not compile is returned, the other rules work.
 *
 * @returns `rules` for {@link HealthOptions}, and one error for each expression that is not valid
 */
export function compileHealthRules(specs: readonly HealthRuleSpec[]): {
  rules: HealthRules;
  errors: readonly HealthRuleError[];
} {
  const errors: HealthRuleError[] = [];
  const compiled = new Map<string, CompiledRule>();
  for (const spec of specs) {
    const before = errors.length;
    const fault = (field: string, message: string) =>
      errors.push({ group: spec.group, kind: spec.kind, field, message });
    const conditions: CompiledRule['conditions'][number][] = [];
    for (const [field, status] of fields) {
      const text = spec[field];
      if (text === undefined) continue;
      const run = compile(text, (message) => fault(field, message));
      if (run !== undefined) conditions.push({ status, field, run });
    }
    const message = spec.message === undefined ? undefined : compile(spec.message, (text) => fault('message', text));
    if (conditions.length === 0 && errors.length === before) fault('healthy', 'the rule has no expression');
    if (errors.length === before) {
      compiled.set(`${spec.group}/${spec.kind}`, { conditions, message, hasHealthy: spec.healthy !== undefined });
    }
  }
  return {
    rules: {
      evaluate(group, object) {
        const rule = compiled.get(`${group}/${object.kind}`);
        return rule === undefined ? undefined : evaluateRule(rule, object);
      },
    },
    errors,
  };
}

function evaluateRule(rule: CompiledRule, object: KubeObject): Health {
  const bindings = bindingsOf(object);
  for (const { status, field, run } of rule.conditions) {
    const result = evaluate(run, bindings);
    if (isCelError(result)) {
      // A controller that has not written a field yet: a rule about it has nothing to say so far.
      if (/^(no such (key|field)|(field|key) not found)/i.test(result.message)) continue;
      return health('Unknown', `health rule "${field}": ${result.message}`);
    }
    if (typeof result !== 'boolean') return health('Unknown', `health rule "${field}" is not a bool`);
    if (result) return health(status, messageFor(rule, bindings));
  }
  return health(rule.hasHealthy ? 'Progressing' : 'Healthy', messageFor(rule, bindings));
}

function messageFor(rule: CompiledRule, bindings: Bindings): string {
  if (rule.message === undefined) return '';
  const result = evaluate(rule.message, bindings);
  return typeof result === 'string' ? result.slice(0, maxMessageLength) : '';
}

function evaluate(run: Evaluate, bindings: Bindings): CelResult | { message: string } {
  return run(bindings);
}

function compile(text: string, fault: (message: string) => void): Evaluate | undefined {
  if (text.length > maxExpressionLength) {
    fault(`longer than ${maxExpressionLength} characters`);
    return undefined;
  }
  try {
    const parsed = parse(text);
    const cost = loopsOf(parsed.expr, 0);
    if (cost.depth > maxLoopDepth || cost.loops > maxLoops) {
      fault(`at most ${maxLoops} loops (all, exists, map, filter), nested at most ${maxLoopDepth} deep`);
      return undefined;
    }
    const run = plan(environment, parsed);
    return (bindings) => run(bindings);
  } catch (error) {
    fault(messageOf(error));
    return undefined;
  }
}

/** Counts loops of a parsed expression: its nodes are protocol-buffer messages, a loop is a `comprehensionExpr`. */
function loopsOf(node: unknown, depth: number): { loops: number; depth: number } {
  let loops = 0;
  let deepest = depth;
  let inside = depth;
  if (isObject(node) && node['case'] === 'comprehensionExpr') {
    loops = 1;
    inside = depth + 1;
    deepest = inside;
  }
  const children = Array.isArray(node) ? node : isObject(node) ? Object.values(node) : [];
  for (const child of children) {
    if (typeof child !== 'object' || child === null) continue;
    const found = loopsOf(child, inside);
    loops += found.loops;
    deepest = Math.max(deepest, found.depth);
  }
  return { loops, depth: deepest };
}

function bindingsOf(object: KubeObject): Bindings {
  const whole = toCel(object, 0);
  const bindings: Record<string, CelInput> = { object: whole, self: whole };
  for (const field of ['metadata', 'spec', 'status', 'data']) {
    bindings[field] = toCel(isObject(object[field]) ? object[field] : {}, 0);
  }
  return bindings;
}

/** JSON as CEL input: whole numbers are int, as the API server reads them, not double. */
function toCel(value: unknown, depth: number): CelInput {
  if (depth > maxDepth) return null;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => toCel(item, depth + 1));
  if (isObject(value)) {
    return new Map(Object.entries(value).map(([key, item]) => [key, toCel(item, depth + 1)]));
  }
  return null;
}
