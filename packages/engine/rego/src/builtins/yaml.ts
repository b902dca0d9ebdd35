import { anyType, booleanType, fn, stringType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, stringOperand } from './operand.ts';
import { readYaml, YamlFault } from './yaml-read.ts';
import { writeYaml } from './yaml-write.ts';

function unmarshal(context: BuiltinContext, text: string): Value {
  context.spend(text.length >> 2);
  try {
    return readYaml(text);
  } catch (error) {
    if (error instanceof YamlFault) throw builtinFault('yaml.unmarshal', error.message);
    throw error;
  }
}

function isValid(context: BuiltinContext, text: string): boolean {
  context.spend(text.length >> 2);
  try {
    readYaml(text);
    return true;
  } catch (error) {
    if (error instanceof YamlFault) return false;
    throw error;
  }
}

export const YAML_BUILTINS: readonly Builtin[] = [
  {
    name: 'yaml.marshal',
    type: fn([anyType], stringType),
    description: 'A value in YAML.',
    evaluate: (context, value) => writeYaml(context, value as Value),
  },
  {
    name: 'yaml.unmarshal',
    type: fn([stringType], anyType),
    description: 'Value of the first document of a YAML text.',
    evaluate: (context, text) => unmarshal(context, stringOperand('yaml.unmarshal', 1, text as Value)),
  },
  {
    name: 'yaml.is_valid',
    type: fn([stringType], booleanType),
    description: 'Whether a text is YAML.',
    evaluate: (context, text) => typeof text === 'string' && isValid(context, text),
  },
];
