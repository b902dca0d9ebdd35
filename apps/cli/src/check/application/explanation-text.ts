import { formatOrigin } from '@sekisho/base';
import type { ApplicationVerdict, Explanation } from '@sekisho/policy';

const MAX_VALUE_CHARS = 200;
const MAX_RULE_LINES = 12;

/** Why: the rule, its parameters, what it found in the object, what to do. For people, indented. */
export function explanationText(
  { rule, parameters, values }: Explanation,
  { remediation }: Pick<ApplicationVerdict, 'remediation'>,
): string {
  const lines: string[] = [];
  if (rule !== undefined) {
    lines.push(rule.origin === undefined ? 'rule:' : `rule, ${formatOrigin(rule.origin)}:`);
    const text = rule.text.trimEnd().split('\n');
    lines.push(...text.slice(0, MAX_RULE_LINES).map((line) => `  ${line.replaceAll('\t', '  ')}`));
    if (text.length > MAX_RULE_LINES) lines.push(`  … ${text.length - MAX_RULE_LINES} lines more`);
  }
  if (parameters !== undefined && parameters !== null) lines.push(`parameters: ${shown(parameters)}`);
  if (values.length > 0) {
    lines.push('it looked at:');
    for (const { path, value } of values)
      lines.push(`  ${path}: ${value === undefined ? '(nothing there)' : shown(value)}`);
  }
  if (remediation !== undefined) lines.push(`what to do: ${remediation}`);
  return lines.map((line) => `    ${line}`).join('\n');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length <= MAX_VALUE_CHARS ? text : `${text.slice(0, MAX_VALUE_CHARS)}…`;
}
