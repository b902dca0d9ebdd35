import { formatValue } from '../value/format.ts';
import { sortedMembers } from '../value/object.ts';
import type { RegoSet, Value } from '../value/value.ts';

/** Lines of a `print`: one for every combination of its operands' values. */
export function printText(operands: readonly RegoSet[]): string[] {
  let lines: string[][] = [[]];
  for (const operand of operands) {
    const texts = operand.size === 0 ? ['<undefined>'] : sortedMembers(operand).map(textOf);
    lines = lines.flatMap((line) => texts.map((text) => [...line, text]));
  }
  return lines.map((line) => line.join(' '));
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : formatValue(value);
}
