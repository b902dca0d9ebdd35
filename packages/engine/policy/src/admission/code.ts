import { type ComputedKeys, computedKeys } from '@sekisho/cel';
import { at, type FaultList, type FieldPath, isRecord, type PolicyDocument } from '../gatekeeper/document.ts';
import { compileExpression, type Expression, type ExpressionScope, type NamedExpression } from './expression.ts';

/** What validating policies, mutating ones and templates in CEL have alike. */
export interface PolicyCode {
  /** All must be true for the policy to be asked at all. */
  readonly matchConditions: readonly NamedExpression[];
  /** Computed when they are first needed; each may use those before it. */
  readonly variables: ReadonlyMap<string, NamedExpression>;
  readonly variableNames: ComputedKeys;
  readonly failurePolicy: 'Fail' | 'Ignore';
}

/** Where in a document the parts are. */
export interface CodePlaces {
  /** Of the object that holds them. */
  readonly path: FieldPath;
  /** Of `matchConditions`. */
  readonly matchConditions: string;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words of CEL that can't name a field. */
const RESERVED = new Set(['in', 'true', 'false', 'null']);
const QUALIFIED_NAME = /^(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const MAX_CONDITIONS = 64;

export interface CodeOptions extends Partial<Omit<ExpressionScope, 'variables'>> {
  readonly hasParams: boolean;
  /** Names of variables that the host adds, which those of the document may use. */
  readonly given?: readonly string[];
  /** What names must not begin with. */
  readonly reservedPrefix?: string;
}

/** Reads variables, match conditions and the failure policy; all faults are noted. */
export function readCode(
  document: PolicyDocument,
  places: CodePlaces,
  options: CodeOptions,
  faults: FaultList,
): { code: PolicyCode; scope: ExpressionScope } {
  const { path } = places;
  const spec = at(document.object, ...path);
  const { given = [], reservedPrefix, ...rest } = options;
  const names: string[] = [...given];
  const scope: ExpressionScope = { hasAuthorizer: true, ...rest, variables: names };
  const checkReserved = (name: string, place: FieldPath): void => {
    if (given.includes(name)) faults.add(place, `${JSON.stringify(name)} is there already`);
    if (reservedPrefix !== undefined && name.startsWith(reservedPrefix))
      faults.add(place, `must not begin with ${reservedPrefix}`);
  };
  const variables = readNamed(document, [...path, 'variables'], scope, faults, (name, place) => {
    if (!IDENTIFIER.test(name) || RESERVED.has(name)) faults.add(place, 'must be an identifier of CEL');
    checkReserved(name, place);
    names.push(name);
  });
  const conditionsPath = [...path, places.matchConditions];
  const matchConditions = readNamed(document, conditionsPath, scope, faults, (name, place) => {
    if (!QUALIFIED_NAME.test(name)) faults.add(place, 'must be a qualified name');
    checkReserved(name, place);
  });
  if (matchConditions.length > MAX_CONDITIONS) faults.add(conditionsPath, `must have at most ${MAX_CONDITIONS} items`);
  const failurePolicy = at(spec, 'failurePolicy') ?? 'Fail';
  if (failurePolicy !== 'Fail' && failurePolicy !== 'Ignore')
    faults.add([...path, 'failurePolicy'], `must be Fail or Ignore, not ${JSON.stringify(failurePolicy)}`);
  return {
    code: {
      matchConditions,
      ...variablesByName(variables),
      failurePolicy: failurePolicy as 'Fail' | 'Ignore',
    },
    scope,
  };
}

/** Variables as a policy has them. */
export function variablesByName(
  expressions: Iterable<NamedExpression>,
): Pick<PolicyCode, 'variables' | 'variableNames'> {
  const variables = new Map(Array.from(expressions, (expression) => [expression.name, expression]));
  return { variables, variableNames: computedKeys(variables.keys()) };
}

/** Lists of `{name, expression}`; names are checked after their expression, which may not use them yet. */
function readNamed(
  document: PolicyDocument,
  path: FieldPath,
  scope: ExpressionScope,
  faults: FaultList,
  check: (name: string, path: FieldPath) => void,
): readonly NamedExpression[] {
  const found: NamedExpression[] = [];
  const names = new Set<string>();
  for (const [i, entry] of listAt(document, path, faults).entries()) {
    const expression = compileExpression(document, [...path, i, 'expression'], at(entry, 'expression'), scope, faults);
    const name = at(entry, 'name');
    if (typeof name !== 'string' || name === '') {
      faults.add([...path, i, 'name'], 'is required');
      continue;
    }
    check(name, [...path, i, 'name']);
    if (names.has(name)) faults.add([...path, i, 'name'], `${JSON.stringify(name)} is there already`);
    names.add(name);
    if (expression !== undefined) found.push({ name, ...expression });
  }
  return found;
}

/** The entries of a list; nothing is an empty one. */
export function listAt(document: PolicyDocument, path: FieldPath, faults: FaultList): readonly unknown[] {
  const list = at(document.object, ...path);
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    faults.add(path, 'must be a list');
    return [];
  }
  list.forEach((entry: unknown, i) => {
    if (!isRecord(entry)) faults.add([...path, i], 'must be an object');
  });
  return list as unknown[];
}

export interface Validation extends Expression {
  readonly message?: string;
  readonly messageExpression?: Expression;
  readonly reason?: string;
  readonly path: FieldPath;
}

const REASONS: readonly string[] = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];

/** Reads `validations`. */
export function readValidations(
  document: PolicyDocument,
  path: FieldPath,
  scope: ExpressionScope,
  faults: FaultList,
): readonly Validation[] {
  const found: Validation[] = [];
  for (const [i, entry] of listAt(document, path, faults).entries()) {
    const own = [...path, i];
    const expression = compileExpression(document, [...own, 'expression'], at(entry, 'expression'), scope, faults);
    const message = textField(entry, 'message', own, faults);
    if (message?.includes('\n') === true) faults.add([...own, 'message'], 'must not contain line breaks');
    const reason = textField(entry, 'reason', own, faults);
    if (reason !== undefined && !REASONS.includes(reason))
      faults.add([...own, 'reason'], `must be one of ${REASONS.join(', ')}, not ${JSON.stringify(reason)}`);
    const messageText = textField(entry, 'messageExpression', own, faults);
    const messageScope = { ...scope, hasAuthorizer: false };
    const messageExpression =
      messageText === undefined
        ? undefined
        : compileExpression(document, [...own, 'messageExpression'], messageText, messageScope, faults);
    if (expression === undefined) continue;
    found.push({
      ...expression,
      path: own,
      ...(message === undefined ? {} : { message }),
      ...(messageExpression === undefined ? {} : { messageExpression }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
  return found;
}

function textField(entry: unknown, field: string, path: FieldPath, faults: FaultList): string | undefined {
  const value = at(entry, field);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  faults.add([...path, field], 'must be a text');
  return undefined;
}
