import { CelFault } from '../runtime/fault.ts';
import { textCost } from './cost.ts';
import { globalFunction, type Overload } from './function.ts';

/** With or without padding, as cel-go takes it. */
function decode(text: string): Uint8Array {
  const body = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1) throw new CelFault('illegal base64 data');
  return new Uint8Array(Buffer.from(body, 'base64'));
}

export const ENCODERS: readonly Overload[] = [
  globalFunction('base64.encode(bytes)', (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'), textCost),
  globalFunction('base64.decode(string)', decode, textCost),
];
