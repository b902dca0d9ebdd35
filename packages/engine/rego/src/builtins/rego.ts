import type { RegoFault } from '../fault.ts';
import { moduleToJson, parseModule } from '../syntax/index.ts';
import { anyType, arrayOf, fn, objectOf, stringType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, stringOperand } from './operand.ts';

/** Reads both versions of the language; faults are those of the newer one. */
function parse(context: BuiltinContext, file: string, text: string): Value {
  context.spend(text.length >> 2);
  const { module, faults } = parseModule(text, { file, version: 'v1' });
  if (module !== undefined && faults.length === 0) return moduleToJson(module);
  const old = parseModule(text, { file, version: 'v0' });
  if (old.module !== undefined && old.faults.length === 0) return moduleToJson(old.module);
  throw builtinFault('rego.parse_module', faultsText(faults, text));
}

/** As OPA puts several faults into one text. */
function faultsText(faults: readonly RegoFault[], text: string): string {
  const lines = faults.map(({ code, message, location }) => {
    if (location === undefined) return `${code}: ${message}`;
    const place = text.split('\n', location.row)[location.row - 1] ?? '';
    return `${location.file}:${location.row}: ${code}: ${message}\n\t${place}\n\t${' '.repeat(location.col - 1)}^`;
  });
  return lines.length === 1 ? `1 error occurred: ${lines[0]}` : `${lines.length} errors occurred:\n${lines.join('\n')}`;
}

/** Built-ins about Rego itself. Calls of `rego.metadata.*` are replaced by the compiler. */
export const REGO_BUILTINS: readonly Builtin[] = [
  {
    name: 'rego.parse_module',
    type: fn([stringType, stringType], objectOf(stringType, anyType)),
    description: 'Syntax tree of a module as JSON.',
    evaluate: (context, file, text) =>
      parse(
        context,
        stringOperand('rego.parse_module', 1, file as Value),
        stringOperand('rego.parse_module', 2, text as Value),
      ),
  },
  {
    name: 'rego.metadata.chain',
    type: fn([], arrayOf(anyType)),
    description: 'Annotations around the rule, inner first.',
  },
  { name: 'rego.metadata.rule', type: fn([], anyType), description: 'Annotations of the rule.' },
  {
    name: 'opa.runtime',
    type: fn([], objectOf(stringType, anyType)),
    nondeterministic: true,
    description: 'What the caller tells about itself; nothing unless it does.',
    evaluate: (context) => context.outside.runtime ?? {},
  },
];
