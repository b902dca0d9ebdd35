import type { Diagnostic, Origin } from '@sekisho/base';
import { splitCsvLine } from './csv-line.ts';
import { compilePattern, type MatchMode } from './pattern.ts';
import type { GrantRule, PermissionRule, PolicyRule } from './rule.ts';
import { isKnown } from './vocabulary.ts';

export interface ParsedPolicy {
  readonly rules: readonly PolicyRule[];
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_LINE_LENGTH = 10_000;
/** One fault draws others after it; more than these help nobody. */
const MAX_DIAGNOSTICS = 50;

/**
 * Reads Argo CD's policy: lines `p, subject, resource, action, object, allow|deny` and `g, member, role`, blank lines and
 * `#` comments. A line that can't be read allows nothing; when it says `deny`, it denies everything that it could mean.
 * Never throws.
 *
 * @param origin file (and line of the text in it, default 1), for diagnostics and explanations
 * @param options matchMode: how patterns are read, default 'glob'
 * @returns diagnostics with the line: ACCESS_POLICY_SYNTAX | ACCESS_POLICY_PATTERN | ACCESS_POLICY_UNKNOWN (a warning)
 */
export function parsePolicy(
  csv: string,
  origin: Origin,
  options: { readonly matchMode?: MatchMode } = {},
): ParsedPolicy {
  const { matchMode = 'glob' } = options;
  const rules: PolicyRule[] = [];
  const diagnostics: Diagnostic[] = [];
  const first = origin.line ?? 1;
  for (const [i, line] of csv.split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const parsed = parseRule(text, { ...origin, line: first + i }, matchMode);
    if (parsed.rule !== undefined) rules.push(parsed.rule);
    if (parsed.diagnostic !== undefined && diagnostics.length < MAX_DIAGNOSTICS) diagnostics.push(parsed.diagnostic);
  }
  return { rules, diagnostics };
}

/** A rule that can't be read may still deny; hence both can be there. */
export interface ParsedRule {
  readonly rule?: PolicyRule;
  readonly diagnostic?: Diagnostic;
}

/** One line that is neither blank nor a comment. */
export function parseRule(text: string, origin: Origin, matchMode: MatchMode): ParsedRule {
  const fail = (code: string, message: string, hint: string): ParsedRule => {
    const diagnostic: Diagnostic = { code, severity: 'error', message, origin, hint };
    const denial = denialIn(text, origin);
    return denial === undefined ? { diagnostic } : { diagnostic, rule: denial };
  };
  const fields = text.length > MAX_LINE_LENGTH ? undefined : splitCsvLine(text);
  if (fields === undefined) {
    return fail(
      'ACCESS_POLICY_SYNTAX',
      'The line is too long, or a quote in it has no end.',
      'Put a name that has a comma in double quotes, and write a quote in it twice.',
    );
  }
  const [type] = fields;
  if (type === 'g') {
    const [, member = '', role = ''] = fields;
    if (fields.length !== 3 || member === '' || role === '') {
      return fail('ACCESS_POLICY_SYNTAX', `A g line has two names, this one has ${fields.length - 1}.`, GRANT_FORM);
    }
    return { rule: { type, member, role, origin } satisfies GrantRule };
  }
  if (type !== 'p') {
    return fail('ACCESS_POLICY_SYNTAX', `A line begins with p or g, this one with ${JSON.stringify(type)}.`, RULE_FORM);
  }
  const [, subject = '', resource = '', action = '', object = '', effect = ''] = fields;
  if (fields.length !== 6 || fields.includes('')) {
    return fail('ACCESS_POLICY_SYNTAX', `A p line has five fields, this one has ${fields.length - 1}.`, RULE_FORM);
  }
  if (effect !== 'allow' && effect !== 'deny') {
    return fail('ACCESS_POLICY_SYNTAX', `A p line ends with allow or deny, this one with "${effect}".`, RULE_FORM);
  }
  for (const pattern of [resource, action, object]) {
    if (compilePattern(pattern, matchMode) !== undefined) continue;
    return fail('ACCESS_POLICY_PATTERN', `"${pattern}" is no ${NAMES[matchMode]}.`, 'Check its brackets and braces.');
  }
  const mode = matchMode === 'glob' ? {} : { matchMode };
  const rule: PermissionRule = { type, subject, resource, action, object, effect, origin, ...mode };
  const unknown = unknownWord(resource, action);
  if (unknown === undefined) return { rule };
  return { rule, diagnostic: { code: 'ACCESS_POLICY_UNKNOWN', severity: 'warning', message: unknown, origin } };
}

const NAMES: Readonly<Record<MatchMode, string>> = { glob: 'glob', regex: 'regular expression' };
const RULE_FORM = 'p, SUBJECT, RESOURCE, ACTION, OBJECT, allow|deny';
const GRANT_FORM = 'g, USER-OR-GROUP, ROLE';

function unknownWord(resource: string, action: string): string | undefined {
  const known = isKnown(resource, action);
  if (!known.resource) return `There is no resource "${resource}": the rule matches nothing.`;
  return known.action ? undefined : `There is no action "${action}" of ${resource}: the rule matches nothing.`;
}

/** What a faulty line surely wanted to forbid, read generously: leaving it out would allow what it denies. */
function denialIn(text: string, origin: Origin): PermissionRule | undefined {
  const [type, subject, ...rest] = text.slice(0, MAX_LINE_LENGTH).split(',').map(unquoted);
  if (type !== 'p' || subject === undefined || subject === '') return undefined;
  if (!rest.some((field) => field.toLowerCase() === 'deny')) return undefined;
  return { type, subject, resource: '*', action: '*', object: '*', effect: 'deny', origin };
}

function unquoted(field: string): string {
  return field.trim().replace(/^"|"$/g, '').trim();
}
