import { parse, TomlDate, TomlError } from 'smol-toml';
import { type ConfigDocument, type Members, setMember } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { markToml } from './toml-positions.ts';

/** TOML 1.0. Dates become RFC 3339 texts in Go's form: local ones get `Z`, times alone the year 0. Milliseconds are kept. */
export function parseToml(task: ParseTask): readonly ConfigDocument[] {
  const root = convert(task, readToml(task), 0);
  const document = task.document(root);
  let marked = false;
  return [
    {
      value: root,
      positionOf(path) {
        if (!marked) markToml(task, root as Members);
        marked = true;
        return document.positionOf(path);
      },
    },
  ];
}

function readToml(task: ParseTask): unknown {
  try {
    return parse(task.text, { integersAsBigInt: 'asNeeded', useLegacyDate: true, maxDepth: task.maxDepth });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? '';
    throw new ConfigFault(offsetAt(task.text, error.line, error.column), message);
  }
}

function offsetAt(text: string, line: number, column: number): number {
  let start = 0;
  for (let count = 1; count < line; count++) {
    const end = text.indexOf('\n', start);
    if (end < 0) break;
    start = end + 1;
  }
  return start + Math.max(0, column - 1);
}

function convert(task: ParseTask, value: unknown, depth: number): unknown {
  task.checkDepth(depth, 0);
  if (value instanceof TomlDate) return dateText(value);
  if (typeof value === 'bigint') return task.number(value.toString());
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new ConfigFault(0, `the number ${value} has no form in JSON`, 'CONFIG_UNSUPPORTED');
  if (Array.isArray(value)) return value.map((item) => convert(task, item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const members: Members = {};
  for (const [key, member] of Object.entries(value)) setMember(members, key, convert(task, member, depth + 1));
  return members;
}

function dateText(date: TomlDate): string {
  if (date.isDate()) return `${date.toISOString()}T00:00:00Z`;
  const text = date
    .toISOString()
    .replace(/\.(\d*?)0+(?=\D|$)/, (_, digits: string) => (digits === '' ? '' : `.${digits}`));
  if (date.isTime()) return `0000-01-01T${text}Z`;
  return date.isLocal() ? `${text}Z` : text;
}
