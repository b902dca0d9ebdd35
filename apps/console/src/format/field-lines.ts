import { toYaml } from './yaml.ts';

type Key = string | number;

/** What stands between the brackets of `containers[name=web]`. */
interface Where {
  readonly key: string;
  readonly value: string;
}

/** The object as YAML, and where a field stands in it. */
export interface FieldLines {
  readonly lines: readonly string[];
  /** Counted from 1. Of the nearest field around it when it is missing; undefined when nothing of it is there. */
  readonly line: number | undefined;
}

/** @param field  as verdicts name it: `spec.containers[name=web].image`, `spec.ports[0]`, `metadata.labels["a.b/c"]` */
export function toFieldLines(object: unknown, field: string | undefined): FieldLines {
  const lines = toYaml(object).replace(/\n$/, '').split('\n');
  return { lines, line: field === undefined ? undefined : lineOf(object, parseField(field)) };
}

function parseField(field: string): (Key | Where)[] {
  const parts: (Key | Where)[] = [];
  for (const [, bracket, plain] of field.matchAll(/\[((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\]"'])*)\]|([^.[\]]+)/g)) {
    parts.push(plain ?? parseBracket(bracket ?? ''));
  }
  return parts;
}

function parseBracket(text: string): Key | Where {
  if (/^\d+$/.test(text)) return Number(text);
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (quoted !== null) return quoted[2] ?? '';
  const where = /^([^=]+)=(.*)$/.exec(text);
  return where === null ? text : { key: where[1] ?? '', value: (where[2] ?? '').replace(/^(["'])(.*)\1$/, '$2') };
}

/** @param start  where the content of the value begins */
function lineOf(value: unknown, [part, ...rest]: readonly (Key | Where)[], start = 1): number | undefined {
  if (part === undefined || typeof value !== 'object' || value === null) return undefined;
  const isList = Array.isArray(value);
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  const at = entries.findIndex(([key, child]) => isAt(isList ? Number(key) : key, child, part));
  const child = entries[at]?.[1];
  if (at < 0) return undefined;
  const before = Object.fromEntries(entries.slice(0, at));
  const line = start + countLines(isList ? Object.values(before) : before);
  // What a key holds begins below it, what an item holds beside its dash.
  return lineOf(child, rest, isList ? line : line + 1) ?? line;
}

function isAt(key: Key, child: unknown, part: Key | Where): boolean {
  if (typeof part !== 'object') return String(key) === String(part);
  return (child as Record<string, unknown> | null)?.[part.key] === part.value;
}

function countLines(value: object): number {
  return Object.keys(value).length === 0 ? 0 : toYaml(value).split('\n').length - 1;
}
