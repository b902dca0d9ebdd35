import type { BuiltinContext } from './builtin.ts';
import { builtinFault } from './operand.ts';

/** @throws BuiltinFault unless the caller of the evaluation lets the built-in reach the host. */
export function checkHostAllowed(context: BuiltinContext, name: string, host: string): void {
  const { allowNet } = context.outside;
  if (allowNet === undefined) {
    throw builtinFault(name, `unallowed host: ${host} (policies may not use the network unless its hosts are allowed)`);
  }
  if (!allowNet.includes('*') && !allowNet.includes(host)) throw builtinFault(name, `unallowed host: ${host}`);
}
