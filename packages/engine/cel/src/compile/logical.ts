import type { Step } from '../runtime/evaluation.ts';
import { CelFault } from '../runtime/fault.ts';

/** An operand that decides does so wherever it stands; only then do faults of the others count. */
export function compileLogical(operator: '&&' | '||', operands: readonly Step[]): Step {
  const decisive = operator === '||';
  return (evaluation) => {
    let fault: CelFault | undefined;
    for (const operand of operands) {
      try {
        const value = operand(evaluation);
        if (value === decisive) return decisive;
        if (value !== !decisive) fault ??= new CelFault(`no such overload: no matching overload for '_${operator}_'`);
      } catch (error) {
        if (!(error instanceof CelFault)) throw error;
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
    return !decisive;
  };
}
