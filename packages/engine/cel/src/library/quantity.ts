import { isSekishoError } from '@sekisho/base';
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  negateQuantity,
  parseQuantity,
  type Quantity,
  quantityToNumber,
} from '@sekisho/kube';
import { CelFault } from '../runtime/fault.ts';
import { CelOpaque } from '../value/opaque.ts';
import { checkInt } from './arithmetic.ts';
import { textCost } from './cost.ts';
import { globalFunction, method, type Overload } from './function.ts';
import { isValid } from './is-valid.ts';

class CelQuantity extends CelOpaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly value: Quantity;

  constructor(value: Quantity) {
    super();
    this.value = value;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelQuantity && compareQuantity(this.value, other.value) === 0;
  }

  toString(): string {
    return formatQuantity(this.value);
  }
}

function read(text: string): CelQuantity {
  try {
    return new CelQuantity(parseQuantity(text));
  } catch (error) {
    if (isSekishoError(error)) throw new CelFault(`no quantity: ${JSON.stringify(text.slice(0, 100))}`);
    throw error;
  }
}

const ofInteger = (value: bigint): Quantity => ({ digits: value, scale: 0, format: 'DecimalSI' });
const isInteger = ({ value: { digits, scale } }: CelQuantity) => scale <= 0 || digits % 10n ** BigInt(scale) === 0n;

function asInteger(quantity: CelQuantity): bigint {
  const { digits, scale } = quantity.value;
  if (!isInteger(quantity)) throw new CelFault('cannot convert value to integer');
  return checkInt(scale <= 0 ? digits * 10n ** BigInt(-scale) : digits / 10n ** BigInt(scale));
}

function compare(left: CelQuantity, right: CelQuantity): number {
  return compareQuantity(left.value, right.value);
}

function add(left: CelQuantity, right: Quantity): CelQuantity {
  return new CelQuantity(addQuantity(left.value, right));
}

/** Kubernetes' quantities: `quantity('1.5Gi')`. */
export const QUANTITY: readonly Overload[] = [
  globalFunction('quantity(string)', read, textCost),
  globalFunction('isQuantity(string)', isValid(read), textCost),
  method('quantity.isInteger()', isInteger),
  method('quantity.asInteger()', asInteger),
  method('quantity.asApproximateFloat()', ({ value }: CelQuantity) => quantityToNumber(value)),
  method('quantity.sign()', ({ value }: CelQuantity) => BigInt(compareQuantity(value, ofInteger(0n)))),
  method('quantity.add(quantity)', (left: CelQuantity, right: CelQuantity) => add(left, right.value)),
  method('quantity.add(int)', (left: CelQuantity, right: bigint) => add(left, ofInteger(right))),
  method('quantity.sub(quantity)', (left: CelQuantity, right: CelQuantity) => add(left, negateQuantity(right.value))),
  method('quantity.sub(int)', (left: CelQuantity, right: bigint) => add(left, ofInteger(-right))),
  method('quantity.isLessThan(quantity)', (left: CelQuantity, right: CelQuantity) => compare(left, right) < 0),
  method('quantity.isGreaterThan(quantity)', (left: CelQuantity, right: CelQuantity) => compare(left, right) > 0),
  method('quantity.compareTo(quantity)', (left: CelQuantity, right: CelQuantity) => BigInt(compare(left, right))),
];
