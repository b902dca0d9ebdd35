/** All values that a path finds in an object. */
export type JsonPath = (value: unknown) => unknown[];

type Step = (value: unknown) => unknown[];

/**
 * Compiles kubectl's JSONPath as CRD columns use it: `.a.b`, `['a.b']`, `[0]`, `[-1]`, `[*]`, `[?(@.type=="Ready")]`, `..a`.
 * A path that can't be read finds nothing.
 */
export function compileJsonPath(text: string): JsonPath {
  const steps = parse(
    text
      .trim()
      .replace(/^\{|\}$/g, '')
      .replace(/^\$/, ''),
  );
  if (steps === undefined) return () => [];
  return (value) => steps.reduce<unknown[]>((values, step) => values.flatMap(step), [value]);
}

/** The values as kubectl prints them: joined, objects as JSON. */
export function jsonPathText(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' ');
}

const FIELD = /^\.((?:[^.[\]\\]|\\.)+)/;
const QUOTED = /^\[\s*(['"])((?:[^'"\\]|\\.)*)\1\s*\]/;
const INDEX = /^\[\s*(-?\d+)\s*\]/;
const FILTER =
  /^\[\?\(\s*@((?:\.[\w$-]+|\[['"][^'"]+['"]\])*)\s*(?:(==|!=|>=|<=|>|<)\s*(?:"([^"]*)"|'([^']*)'|(-?\d+(?:\.\d+)?)|(true|false)))?\s*\)\]/;

function parse(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = text;
  while (rest !== '') {
    const wild = /^(\[\s*\*\s*\]|\.\*)/.exec(rest);
    const filter = FILTER.exec(rest);
    const index = INDEX.exec(rest);
    const quoted = QUOTED.exec(rest);
    const deep = /^\.\.([\w$-]+)/.exec(rest);
    const field = FIELD.exec(rest);
    const match = wild ?? filter ?? index ?? quoted ?? deep ?? field;
    if (match === null) return undefined;
    if (wild !== null) steps.push(children);
    else if (filter !== null) {
      const step = filterStep(filter);
      if (step === undefined) return undefined;
      steps.push(step);
    } else if (index !== null) steps.push(atIndex(Number(index[1])));
    else if (quoted !== null) steps.push(fieldStep((quoted[2] ?? '').replace(/\\(.)/g, '$1')));
    else if (deep !== null) steps.push(deepStep(deep[1] ?? ''));
    else steps.push(fieldStep((field?.[1] ?? '').replace(/\\(.)/g, '$1')));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function fieldStep(name: string): Step {
  return (value) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
    return [(value as Record<string, unknown>)[name]];
  };
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function atIndex(index: number): Step {
  return (value) => {
    if (!Array.isArray(value)) return [];
    const item: unknown = value.at(index);
    return item === undefined ? [] : [item];
  };
}

function deepStep(name: string): Step {
  const own = fieldStep(name);
  const search = (value: unknown): unknown[] => [...own(value), ...children(value).flatMap(search)];
  return search;
}

function filterStep(match: RegExpExecArray): Step | undefined {
  const [, pathText = '', operator, double, single, number, boolean] = match;
  const path = parse(pathText);
  if (path === undefined) return undefined;
  const find = (value: unknown): unknown[] => path.reduce<unknown[]>((values, step) => values.flatMap(step), [value]);
  if (operator === undefined) return (value) => children(value).filter((item) => find(item).length > 0);
  const expected = double ?? single ?? (number === undefined ? boolean === 'true' : Number(number));
  return (value) => children(value).filter((item) => find(item).some((found) => compare(found, operator, expected)));
}

function compare(found: unknown, operator: string, expected: string | number | boolean): boolean {
  if (operator === '==') return found === expected;
  if (operator === '!=') return found !== expected;
  if (typeof found !== typeof expected || typeof found === 'boolean') return false;
  const left = found as string | number;
  if (operator === '>') return left > expected;
  if (operator === '<') return left < expected;
  return operator === '>=' ? left >= expected : left <= expected;
}
