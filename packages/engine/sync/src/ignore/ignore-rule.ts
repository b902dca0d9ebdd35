import type { Diagnostic } from '@sekisho/base';
import { isObject } from '../json.ts';
import type { ObjectKey } from '../object-key.ts';
import { matchesGlob } from './glob.ts';
import { parseJsonPointer } from './json-path.ts';

/** Fields of objects that are not compared: one entry of `spec.ignoreDifferences`, or a setting for all applications. */
export interface IgnoreRule {
  /** Globs. The core group is ''. */
  readonly group: string;
  readonly kind: string;
  /** Globs; '' is any. */
  readonly namespace: string;
  readonly name: string;
  /** RFC 6901. */
  readonly jsonPointers: readonly string[];
  /** Whatever jq takes in `del(…)`. */
  readonly jqPathExpressions: readonly string[];
  /** Fields that live has from these field managers. */
  readonly managedFieldsManagers: readonly string[];
}

/** Each object is held against each rule. */
const MAX_RULES = 500;

/**
 * Reads `spec.ignoreDifferences`. Code: IGNORE_RULE_INVALID, one for each fault; a faulty entry is left out.
 *
 * @param file what messages name as the place
 */
export function parseIgnoreRules(value: unknown, file: string): { rules: IgnoreRule[]; diagnostics: Diagnostic[] } {
  const rules: IgnoreRule[] = [];
  const diagnostics: Diagnostic[] = [];
  if (value === undefined || value === null) return { rules, diagnostics };
  if (!Array.isArray(value)) return { rules, diagnostics: [fault(file, 'ignoreDifferences', 'must be a list')] };
  if (value.length > MAX_RULES) {
    const message = `has ${value.length} entries; at most ${MAX_RULES} are read`;
    return { rules, diagnostics: [fault(file, 'ignoreDifferences', message)] };
  }
  for (const [index, entry] of value.entries()) {
    const read = readRule(entry, `ignoreDifferences[${index}]`, file);
    if (read.rule !== undefined) rules.push(read.rule);
    diagnostics.push(...read.diagnostics);
  }
  return { rules, diagnostics };
}

/** Reads one entry; `defaults` stand for what it does not say. */
export function readRule(
  entry: unknown,
  path: string,
  file: string,
  defaults: Partial<ObjectKey> = {},
): { rule?: IgnoreRule; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const wrong = (field: string, message: string, hint?: string) => diagnostics.push(fault(file, field, message, hint));
  if (!isObject(entry)) return { diagnostics: [fault(file, path, 'must be an object')] };
  const text = (name: keyof ObjectKey): string => {
    const value = entry[name] ?? defaults[name] ?? '';
    if (typeof value === 'string') return value;
    wrong(`${path}.${name}`, 'must be a text');
    return '';
  };
  const texts = (name: string): string[] => {
    const value = entry[name] ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    wrong(`${path}.${name}`, 'must be a list of texts');
    return [];
  };
  const rule: IgnoreRule = {
    group: text('group'),
    kind: text('kind'),
    namespace: text('namespace'),
    name: text('name'),
    jsonPointers: texts('jsonPointers'),
    jqPathExpressions: texts('jqPathExpressions'),
    managedFieldsManagers: texts('managedFieldsManagers'),
  };
  for (const pointer of rule.jsonPointers) {
    if (parseJsonPointer(pointer) !== undefined) continue;
    wrong(`${path}.jsonPointers`, `${JSON.stringify(pointer)} is no JSON pointer`, 'It looks like /spec/replicas.');
  }
  if (diagnostics.length === 0) {
    if (rule.kind === '') wrong(`${path}.kind`, 'is missing', 'Give the kind; "*" is all kinds.');
    const parts = [rule.jsonPointers, rule.jqPathExpressions, rule.managedFieldsManagers];
    if (parts.every((list) => list.length === 0)) {
      wrong(path, 'names no field', 'Give jsonPointers, jqPathExpressions or managedFieldsManagers.');
    }
  }
  return diagnostics.length === 0 ? { rule, diagnostics } : { diagnostics };
}

/** The rules that speak of this object. */
export function rulesFor(rules: readonly IgnoreRule[], key: ObjectKey): readonly IgnoreRule[] {
  if (rules.length === 0) return rules;
  return rules.filter(
    (rule) =>
      matchesGlob(rule.group, key.group) &&
      matchesGlob(rule.kind, key.kind) &&
      (rule.namespace === '' || matchesGlob(rule.namespace, key.namespace)) &&
      (rule.name === '' || matchesGlob(rule.name, key.name)),
  );
}

function fault(file: string, field: string, message: string, hint?: string): Diagnostic {
  return {
    code: 'IGNORE_RULE_INVALID',
    severity: 'error',
    message: `${field} ${message}`,
    origin: { file },
    ...(hint === undefined ? {} : { hint }),
  };
}
