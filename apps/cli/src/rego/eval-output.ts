import { type Body, type QueryResult, toJson } from '@sekisho/rego';
import { boxTable } from './box-table.ts';
import { indentJson, listText, objectText } from './json-text.ts';

/** Solutions of a query with the expressions as they were written. */
export interface EvaluatedQuery {
  readonly results: readonly QueryResult[];
  readonly body: Body;
  readonly text: string;
}

/** `{"expressions": [...], "bindings": {...}}` of each solution, as compact JSON; undefined when there is none. */
export function resultSetJson({ results, body, text }: EvaluatedQuery): string | undefined {
  if (results.length === 0) return undefined;
  return listText(
    results.map(({ expressions, bindings }) =>
      objectText({
        expressions: listText(
          expressions.map((value, index) =>
            objectText({
              value: toJson(value),
              text: JSON.stringify(expressionText(body, index, text)),
              location: JSON.stringify({ row: body[index]?.location.row, col: body[index]?.location.col }),
            }),
          ),
        ),
        bindings: Object.keys(bindings).length === 0 ? undefined : toJson(bindings),
      }),
    ),
  );
}

/** A list of the values of each solution's expressions. */
export function valuesText({ results }: EvaluatedQuery): string {
  return results.map(({ expressions }) => `${indentJson(listText(expressions.map(toJson)))}\n`).join('');
}

export function bindingsText({ results }: EvaluatedQuery): string {
  return results.map(({ bindings }) => `${indentJson(toJson(bindings))}\n`).join('');
}

/** For scripts: a line for each solution, strings as they are. */
export function rawText({ results }: EvaluatedQuery): string {
  return results
    .map(({ expressions }) => expressions.map((value) => (typeof value === 'string' ? value : toJson(value))).join(' '))
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * For people: the value when there is but one, a table otherwise. Expressions that hold and say nothing else have no column.
 *
 * @param limit  longest text of a cell, in characters; 0: none
 */
export function prettyText({ results, body, text }: EvaluatedQuery, limit: number): string {
  const [first] = results;
  if (first === undefined) return 'undefined\n';
  const names = Object.keys(first.bindings).sort();
  if (results.length === 1 && names.length === 0 && first.expressions.length === 1)
    return `${indentJson(toJson(first.expressions[0] ?? null))}\n`;
  const columns = first.expressions
    .map((_, index) => index)
    .filter(
      (index) =>
        names.length + first.expressions.length === 1 || results.some((row) => row.expressions[index] !== true),
    );
  const shown = columns.length + names.length === 0 ? first.expressions.map((_, index) => index) : columns;
  const rows = results.map(({ expressions, bindings }) =>
    [
      ...shown.map((index) => toJson(expressions[index] ?? null)),
      ...names.map((name) => toJson(bindings[name] ?? null)),
    ].map((cell) => shortened(cell, limit)),
  );
  const header = [...shown.map((index) => shortened(expressionText(body, index, text), limit)), ...names];
  return `${boxTable(rows, { header })}\n`;
}

function expressionText(body: Body, index: number, text: string): string {
  const location = body[index]?.location;
  return location === undefined ? '' : text.slice(location.offset, location.end);
}

function shortened(text: string, limit: number): string {
  const chars = [...text.replaceAll('\n', ' ')];
  return limit === 0 || chars.length <= limit ? chars.join('') : `${chars.slice(0, limit).join('')}...`;
}
