import type { Diagnostic } from '@sekisho/base';
import { matchesGlob, matchesStars } from '../ignore/glob.ts';
import { isObject } from '../json.ts';
import type { ObjectKey } from '../object-key.ts';

/** On an Application: what is done about drift. */
export const DRIFT_POLICY_ANNOTATION = 'sekisho.dev/drift-policy';

/** `report`: it is shown. `alert`: somebody is told, too. `heal`: it is undone, too. */
export type DriftAction = 'report' | 'alert' | 'heal';

export interface DriftRule {
  /** Globs; absent: any. */
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** A field and what lies below it, with globs: `spec.replicas`, `spec.template.spec.containers[*].image`. */
  readonly path?: string;
  readonly policy: DriftAction;
}

/** The first rule that speaks of a field decides. */
export interface DriftPolicy {
  /** Absent: as the Application's automated.selfHeal says. */
  readonly default?: DriftAction;
  readonly rules: readonly DriftRule[];
}

/** Each field that drifts is held against each rule. */
const MAX_RULES = 200;

export const noDriftPolicy: DriftPolicy = Object.freeze({ rules: [] });

/**
 * Reads `heal`, `alert`, `report`, or JSON: `{"default": "heal", "fields": [{"kind": "Deployment", "path":
 * "spec.replicas", "policy": "report"}]}`. Code: DRIFT_POLICY_INVALID; faulty rules are left out.
 *
 * @param file what messages name as the place
 */
export function parseDriftPolicy(
  text: string | undefined,
  file: string,
): { policy: DriftPolicy; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const fault = (message: string) =>
    diagnostics.push({
      code: 'DRIFT_POLICY_INVALID',
      severity: 'error',
      message: `${DRIFT_POLICY_ANNOTATION}: ${message}`,
      origin: { file },
      hint: 'Use heal, alert or report, or {"default": "heal", "fields": [{"kind": "Deployment", "path": "spec.replicas", "policy": "report"}]}.',
    });
  if (text === undefined || text.trim() === '') return { policy: noDriftPolicy, diagnostics };
  const word = text.trim();
  if (isAction(word)) return { policy: { default: word, rules: [] }, diagnostics };
  const value = parseJson(word);
  if (!isObject(value)) {
    fault(`${JSON.stringify(word.slice(0, 100))} is no policy`);
    return { policy: noDriftPolicy, diagnostics };
  }
  const { default: fallback, fields = [], ...others } = value;
  for (const name of Object.keys(others)) fault(`unknown field ${JSON.stringify(name)}`);
  if (fallback !== undefined && !isAction(fallback)) fault('default is none of heal, alert, report');
  if (!Array.isArray(fields)) fault('fields must be a list');
  const rules: DriftRule[] = [];
  const entries: readonly unknown[] = Array.isArray(fields) ? fields : [];
  if (entries.length > MAX_RULES) fault(`fields has ${entries.length} entries; the first ${MAX_RULES} are read`);
  for (const [index, entry] of entries.slice(0, MAX_RULES).entries()) {
    const rule = readRule(entry);
    if (typeof rule === 'string') fault(`fields[${index}] ${rule}`);
    else rules.push(rule);
  }
  return { policy: { ...(isAction(fallback) ? { default: fallback } : {}), rules }, diagnostics };
}

/** What is to be done about one field; undefined: the policy leaves it to the Application. */
export function driftAction(policy: DriftPolicy, key: ObjectKey, path: string): DriftAction | undefined {
  const rule = policy.rules.find(
    (candidate) =>
      matchesGlob(candidate.group ?? '*', key.group) &&
      matchesGlob(candidate.kind ?? '*', key.kind) &&
      matchesGlob(candidate.namespace ?? '*', key.namespace) &&
      matchesGlob(candidate.name ?? '*', key.name) &&
      (candidate.path === undefined || matchesPath(candidate.path, path)),
  );
  return rule?.policy ?? policy.default;
}

/** The field itself, or one that holds it. */
function matchesPath(pattern: string, path: string): boolean {
  return [pattern, `${pattern}.*`, `${pattern}[*`].some((part) => matchesStars(part, path));
}

const SELECTORS = ['group', 'kind', 'namespace', 'name', 'path'] as const;

function readRule(entry: unknown): DriftRule | string {
  if (!isObject(entry)) return 'must be an object';
  const { policy } = entry;
  if (!isAction(policy)) return 'has no policy heal, alert or report';
  const known: ReadonlySet<string> = new Set([...SELECTORS, 'policy']);
  const unknown = Object.keys(entry).find((name) => !known.has(name));
  if (unknown !== undefined) return `has an unknown field ${JSON.stringify(unknown)}`;
  const rule: { -readonly [K in keyof DriftRule]: DriftRule[K] } = { policy };
  for (const name of SELECTORS) {
    const value = entry[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return `has a ${name} that is no text`;
    rule[name] = value;
  }
  return rule;
}

function isAction(value: unknown): value is DriftAction {
  return value === 'heal' || value === 'alert' || value === 'report';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
