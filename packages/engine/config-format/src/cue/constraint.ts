import { ConfigFault } from '../parse-task.ts';

/** A set of values that is not yet one. */
export type Constraint =
  | { readonly constraint: 'type'; readonly name: string }
  | { readonly constraint: 'bound'; readonly operator: string; readonly operand: unknown }
  | { readonly constraint: 'all'; readonly constraints: readonly Constraint[] }
  | { readonly constraint: 'choice'; readonly values: readonly unknown[] };

/** The names of types that CUE defines itself. */
export const TYPES: ReadonlyMap<string, Constraint> = new Map(
  ['_', 'string', 'int', 'float', 'number', 'bool', 'bytes', 'uint'].map((name) => [
    name,
    { constraint: 'type', name },
  ]),
);

export function isConstraint(value: unknown): value is Constraint {
  return typeof value === 'object' && value !== null && 'constraint' in value;
}

export function bound(operator: string, operand: unknown, offset: number): Constraint {
  if (operator === '=~' || operator === '!~')
    throw new ConfigFault(offset, 'regular expressions of CUE are not read', 'CONFIG_UNSUPPORTED');
  return { constraint: 'bound', operator, operand };
}

/** What both sides allow. */
export function unifyScalars(left: unknown, right: unknown, offset: number): unknown {
  if (isConstraint(left) && isConstraint(right)) {
    if (left === right) return left;
    if (left.constraint === 'choice' || right.constraint === 'choice') {
      const [choice, other] = left.constraint === 'choice' ? [left, right] : [right as typeof left, left];
      const values =
        choice.constraint === 'choice'
          ? choice.values.filter((value) => isConstraint(value) || allows(other, value))
          : [];
      if (values.length === 0) throw contradiction(offset);
      return values.length === 1 ? values[0] : { constraint: 'choice', values };
    }
    return { constraint: 'all', constraints: [left, right] } satisfies Constraint;
  }
  if (isConstraint(left)) return unifyScalars(right, left, offset);
  if (isConstraint(right) ? !allows(right, left) : left !== right) throw contradiction(offset);
  return left;
}

/** A value that is one; a constraint is not. */
export function concrete(value: unknown, offset: number): unknown {
  if (!isConstraint(value)) return value;
  const name = value.constraint === 'type' ? value.name : 'a constraint';
  throw new ConfigFault(offset, `the value is not known: it is only said to be ${name}`, 'CONFIG_EVALUATION');
}

function allows(constraint: Constraint, value: unknown): boolean {
  switch (constraint.constraint) {
    case 'type':
      return isOfType(constraint.name, value);
    case 'all':
      return constraint.constraints.every((each) => allows(each, value));
    case 'choice':
      return constraint.values.some((each) => (isConstraint(each) ? allows(each, value) : each === value));
    case 'bound':
      return isWithin(constraint.operator, value, constraint.operand);
    default:
      return constraint satisfies never;
  }
}

function isOfType(name: string, value: unknown): boolean {
  if (name === '_') return true;
  if (name === 'int') return Number.isInteger(value);
  if (name === 'uint') return Number.isInteger(value) && (value as number) >= 0;
  if (name === 'float' || name === 'number') return typeof value === 'number';
  if (name === 'bool') return typeof value === 'boolean';
  return typeof value === 'string';
}

function isWithin(operator: string, value: unknown, operand: unknown): boolean {
  if (operator === '!=') return value !== operand;
  if (typeof value !== typeof operand || (typeof value !== 'number' && typeof value !== 'string')) return false;
  const limit = operand as number | string;
  if (operator === '<') return value < limit;
  if (operator === '<=') return value <= limit;
  return operator === '>' ? value > limit : value >= limit;
}

function contradiction(offset: number): ConfigFault {
  return new ConfigFault(offset, 'the values given here contradict each other', 'CONFIG_EVALUATION');
}
