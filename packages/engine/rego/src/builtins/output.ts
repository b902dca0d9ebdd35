import { RegoEvaluationError } from '../runtime/error.ts';
import { anyType, arrayOf, booleanType, fn, setOf, stringType, variadicFn } from '../types/construct.ts';
import { formatValue } from '../value/format.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { arrayOperand, stringOperand } from './operand.ts';

/** Parts by turns: texts, and sets with the one value of an expression, empty where it is undefined. */
function templateString(context: BuiltinContext, parts: readonly Value[]): string {
  context.spend(parts.length);
  let text = '';
  for (const part of parts) text += part instanceof RegoSet ? textOfSet(part) : textOf(part);
  return text;
}

function textOfSet(values: RegoSet): string {
  if (values.size > 1)
    throw new RegoEvaluationError('eval_conflict_error', 'template-strings must not produce multiple outputs');
  for (const value of values.values()) return textOf(value);
  return '<undefined>';
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : formatValue(value);
}

/** What writes or is written by the compiler: `print` and `internal.print` have no code here, it makes it. */
export const OUTPUT_BUILTINS: readonly Builtin[] = [
  { name: 'print', type: variadicFn([], anyType), description: 'Prints values for whoever writes policies.' },
  { name: 'internal.print', type: fn([arrayOf(setOf(anyType))]), description: 'What calls of print become.' },
  {
    name: 'internal.template_string',
    type: fn([arrayOf(anyType)], stringType),
    description: 'What template strings become.',
    evaluate: (context, parts) => templateString(context, arrayOperand('internal.template_string', 1, parts as Value)),
  },
  {
    name: 'internal.test_case',
    type: fn([arrayOf(anyType)]),
    description: 'Marks the sub-case of a test that is evaluated.',
    evaluate: () => true,
  },
  {
    name: 'trace',
    type: fn([stringType], booleanType),
    description: 'Leaves a note in the trace.',
    evaluate: (_, note) => {
      stringOperand('trace', 1, note as Value);
      return true;
    },
  },
];
