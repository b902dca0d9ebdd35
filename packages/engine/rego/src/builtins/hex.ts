import { Buffer } from 'node:buffer';
import { fn, stringType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { bytesOfText, textOfBytes } from './bytes.ts';
import { builtinFault, stringOperand } from './operand.ts';

function decode(text: string): string {
  const bytes = bytesOfText(text);
  const wrong = bytes.findIndex((byte) => !isHexDigit(byte));
  if (wrong >= 0) {
    const code = (bytes[wrong] as number).toString(16).toUpperCase().padStart(4, '0');
    throw builtinFault(
      'hex.decode',
      `encoding/hex: invalid byte: U+${code} '${String.fromCharCode(bytes[wrong] as number)}'`,
    );
  }
  if (bytes.length % 2 === 1) throw builtinFault('hex.decode', 'encoding/hex: odd length hex string');
  return textOfBytes(Buffer.from(text, 'hex'));
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

export const HEX_BUILTINS: readonly Builtin[] = [
  {
    name: 'hex.encode',
    type: fn([stringType], stringType),
    description: 'Bytes of a text in hexadecimal digits.',
    evaluate: (context, value) => {
      const text = stringOperand('hex.encode', 1, value as Value);
      context.spend(text.length >> 4);
      return Buffer.from(bytesOfText(text)).toString('hex');
    },
  },
  {
    name: 'hex.decode',
    type: fn([stringType], stringType),
    description: 'Text of bytes in hexadecimal digits.',
    evaluate: (context, value) => {
      const text = stringOperand('hex.decode', 1, value as Value);
      context.spend(text.length >> 4);
      return decode(text);
    },
  },
];
