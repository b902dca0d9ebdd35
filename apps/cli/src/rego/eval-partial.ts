import { SekishoError } from '@sekisho/base';
import {
  bodyToJson,
  type EvaluateOptions,
  evaluatePartially,
  formatExpr,
  formatModule,
  type Module,
  moduleToJson,
  type PartialResult,
  type Policy,
  parseQuery,
  toJson,
} from '@sekisho/rego';
import { boxTable } from './box-table.ts';
import { RegoFaultsError } from './fault-report.ts';
import { listText, objectText } from './json-text.ts';

export interface PartialFlags {
  readonly unknowns?: readonly string[];
  readonly disableInlining?: readonly string[];
  readonly v0Compatible?: boolean;
}

/** @throws RegoFaultsError, SekishoError USAGE */
export function partialResult(
  policy: Policy,
  text: string,
  flags: PartialFlags,
  options: EvaluateOptions,
): PartialResult {
  const unknowns = (flags.unknowns ?? ['input']).map((path) => documentPath(path, '--unknowns'));
  const disableInlining = (flags.disableInlining ?? []).map((path) => documentPath(path, '--disable-inlining'));
  const version = flags.v0Compatible === true ? 'v0' : 'v1';
  const { result, faults } = evaluatePartially(policy, text, { ...options, unknowns, disableInlining, version });
  if (result === undefined) throw new RegoFaultsError('query', faults, new Map([['', text]]));
  return result;
}

/** `data.a["b-c"]` as a list of names. */
function documentPath(text: string, flag: string): readonly string[] {
  const { body } = parseQuery(text);
  const what = body?.length === 1 ? body[0]?.what : undefined;
  const term = what?.kind === 'term' ? what.term : undefined;
  const head = term?.kind === 'ref' ? term.head : term;
  const keys = term?.kind === 'ref' ? term.args : [];
  const names = keys.flatMap((key) => (key.kind === 'string' ? [key.value] : []));
  if (head?.kind === 'var' && (head.name === 'input' || head.name === 'data') && names.length === keys.length)
    return [head.name, ...names];
  throw new SekishoError('USAGE', `${flag} ${text} is no document.`, {
    hint: 'For example input.user or data.bindings.',
  });
}

/** The member `partial` of the answer, as compact JSON. */
export function partialJson({ queries, support }: PartialResult): string {
  return objectText({
    queries: queries.length === 0 ? undefined : listText(queries.map((body) => toJson(bodyToJson(body)))),
    modules: support.length === 0 ? undefined : listText(support.map((module) => toJson(moduleToJson(module)))),
  });
}

/** As a table for people. */
export function partialTable({ queries, support }: PartialResult): string {
  if (queries.length === 0) return 'undefined\n';
  const rows = [
    ...queries.map((body, index) => [`Query ${index + 1}`, body.map(formatExpr).join('\n')]),
    ...support.map((module, index) => [`Support ${index + 1}`, moduleText(module).trimEnd()]),
  ].map((row) => row.map((cell) => cell.replaceAll('\t', '  ')));
  return `${boxTable(rows, { ruled: true })}\n`;
}

/** As Rego. */
export function partialSource({ queries, support }: PartialResult): string {
  return [
    ...queries.map((body, index) => `# Query ${index + 1}\n${body.map((expr) => `${formatExpr(expr)}\n`).join('')}\n`),
    ...support.map((module, index) => `# Module ${index + 1}\n${moduleText(module)}\n`),
  ].join('');
}

/** What is left of a body keeps the rows that it had: the blank lines between them say nothing. */
function moduleText(module: Module): string {
  const text = formatModule(module);
  return text.includes('`') ? text : text.replace(/\n\n(?=\t)/g, '\n');
}
