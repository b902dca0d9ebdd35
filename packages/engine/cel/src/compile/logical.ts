import { firstFault, noOperand } from '../runtime/raise.ts';
import type { Logical } from '../syntax/ast.ts';
import { boxed, type Code, quoted } from './emitter.ts';
import type { Scope } from './scope.ts';
import type { Writer } from './writer.ts';

/** An operand that decides does so wherever it stands; only then do faults of the others count. */
export function emitLogical(writer: Writer, { operator, operands }: Logical, scope: Scope): Code {
  const { emitter } = writer;
  const decisive = operator === '||';
  emitter.settle();
  const [result, fault, label] = [emitter.name(), emitter.name(), emitter.name('L')];
  emitter.line(`let ${result} = ${decisive}, ${fault};`);
  emitter.block(`${label}: {`, () => {
    for (const operand of operands) {
      emitter.block('try {', () => {
        const code = writer.code(operand, scope);
        const value = boxed(code);
        emitter.settle();
        emitter.line(`if (${value} === ${decisive}) break ${label};`);
        if (code.kind !== 'bool')
          emitter.line(
            `if (${value} !== ${!decisive}) ${fault} = ${emitter.constant(noOperand)}(${fault}, ${quoted(operator)});`,
          );
      });
      emitter.line(`catch (e) { ${fault} = ${emitter.constant(firstFault)}(${fault}, e); }`);
    }
    emitter.line(`if (${fault} !== undefined) throw ${fault};`);
    emitter.line(`${result} = ${!decisive};`);
  });
  return { js: result, kind: 'bool' };
}
