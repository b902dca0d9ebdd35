import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { booleanType, fn, stringType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { stringOperand } from './operand.ts';

const pairType = fn([stringType, stringType], stringType);

function hash(algorithm: 'md5' | 'sha1' | 'sha256'): Builtin {
  const name = `crypto.${algorithm}`;
  return {
    name,
    type: fn([stringType], stringType),
    evaluate: (context, value) => {
      const text = stringOperand(name, 1, value as Value);
      context.spend(1 + (text.length >>> 6));
      return createHash(algorithm).update(text).digest('hex');
    },
  };
}

function hmac(algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512'): Builtin {
  const name = `crypto.hmac.${algorithm}`;
  return {
    name,
    type: pairType,
    evaluate: (context, message, key) => {
      const text = stringOperand(name, 1, message as Value);
      const secret = stringOperand(name, 2, key as Value);
      context.spend(1 + (text.length >>> 6));
      return createHmac(algorithm, secret).update(text).digest('hex');
    },
  };
}

/** In a time that says nothing of where they differ. */
function areEqual(a: Value, b: Value): boolean {
  const left = Buffer.from(stringOperand('crypto.hmac.equal', 1, a));
  const right = Buffer.from(stringOperand('crypto.hmac.equal', 2, b));
  return left.length === right.length && timingSafeEqual(left, right);
}

export const CRYPTO_BUILTINS: readonly Builtin[] = [
  hash('md5'),
  hash('sha1'),
  hash('sha256'),
  hmac('md5'),
  hmac('sha1'),
  hmac('sha256'),
  hmac('sha512'),
  {
    name: 'crypto.hmac.equal',
    type: fn([stringType, stringType], booleanType),
    evaluate: (_, a, b) => areEqual(a as Value, b as Value),
  },
];
