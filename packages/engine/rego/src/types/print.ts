import { formatValue } from '../value/format.ts';
import type { Value } from '../value/value.ts';
import { compareTypes } from './algebra.ts';
import type { Type } from './type.ts';
import { UNSET } from './unset.ts';

/** A line of a message that would be longer has its long types in short form. */
const MAX_LINE = 80;
/** Types up to this length stay whole even there. */
const MAX_WHOLE = 32;

/** A type as messages write it: `object<a: number>[string: any]`, `array<number>[any]`, `any<number, string>`, `???` of none. */
export function printType(type: Type | undefined): string {
  if (!type || type === UNSET) return '???';
  switch (type.kind) {
    case 'any':
      return type.of.length === 0 ? 'any' : `any<${[...type.of].sort(compareTypes).map(printType).join(', ')}>`;
    case 'array':
      return `array${angled(type.static.map(printType))}${type.dynamic ? `[${printType(type.dynamic)}]` : ''}`;
    case 'set':
      return type.of ? `set[${printType(type.of)}]` : 'set';
    case 'object': {
      const members = type.static.map(([key, value]) => `${keyText(key)}: ${printType(value)}`);
      const rest = type.dynamic ? `[${printType(type.dynamic.key)}: ${printType(type.dynamic.value)}]` : '';
      return `object${angled(members)}${rest}`;
    }
    case 'function': {
      const args = type.args.map(printType);
      if (type.variadic) args.push(`${printType(type.variadic)}...`);
      return `(${args.join(', ')}) => ${printType(type.result)}`;
    }
    default:
      return type.kind;
  }
}

/** Strings bare, null as Go writes it, the rest as Rego does. */
function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  return key === null ? '<nil>' : formatValue(key);
}

function angled(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `<${parts.join(', ')}>`;
}

function shortForm(type: Type | undefined, isNamed: boolean): string {
  const whole = printType(type);
  if (!type || whole.length <= MAX_WHOLE) return whole;
  if (isNamed && type.kind === 'array' && type.static.length === 0) return `array[${shortForm(type.dynamic, true)}]`;
  switch (type.kind) {
    case 'any':
      return 'any<...>';
    case 'array':
    case 'object':
      return `${type.kind}${type.static.length > 0 ? '<...>' : ''}${type.dynamic ? '[...]' : ''}`;
    case 'set':
      return 'set[...]';
    default:
      return whole;
  }
}

/**
 * One line of a message around types: short forms when whole ones would make it longer than 80 characters.
 *
 * @param isNamed  the types have names before them: short forms of arrays go one level deeper then
 */
export function typeLine(
  types: readonly (Type | undefined)[],
  line: (printed: readonly string[]) => string,
  isNamed = false,
): string {
  const whole = line(types.map(printType));
  return whole.length <= MAX_LINE ? whole : line(types.map((type) => shortForm(type, isNamed)));
}
