import { CelFault } from '../runtime/fault.ts';
import { CelOpaque } from '../value/opaque.ts';
import { textCost } from './cost.ts';
import { globalFunction, method, type Overload } from './function.ts';
import { isValid } from './is-valid.ts';

const NUMBER = '(0|[1-9]\\d*)';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`);
const MAX_LENGTH = 1_000;
const MAX_PART = 2n ** 63n - 1n;

class Semver extends CelOpaque {
  readonly typeName = 'kubernetes.Semver';
  readonly text: string;
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly string[];

  constructor(text: string, numbers: readonly bigint[], prerelease: readonly string[]) {
    super();
    this.text = text;
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof Semver && compare(this, other) === 0;
  }

  toString(): string {
    return this.text;
  }
}

/** @param isLenient  a leading `v`, missing minor and patch and leading zeros are made right before */
function read(text: string, isLenient = false): Semver {
  const source = isLenient && text.length <= MAX_LENGTH ? normalize(text) : text;
  const match = source.length > MAX_LENGTH ? null : VERSION.exec(source);
  const numbers = match?.slice(1, 4).map((part) => BigInt(part)) ?? [];
  const prerelease = match?.[4]?.split('.') ?? [];
  if (match === null || numbers.some((part) => part > MAX_PART) || prerelease.some((part) => /^0\d+$/.test(part)))
    throw new CelFault(`no semantic version: ${JSON.stringify(text.slice(0, 100))}`);
  return new Semver(source, numbers, prerelease);
}

function normalize(text: string): string {
  const match = /^v?(\d+(?:\.\d+){0,2})(.*)$/s.exec(text);
  if (match === null) return text;
  const numbers = (match[1] ?? '').split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (numbers.length < 3) numbers.push('0');
  return numbers.join('.') + (match[2] ?? '');
}

function compare(left: Semver, right: Semver): number {
  for (let at = 0; at < 3; at++) {
    const [a = 0n, b = 0n] = [left.numbers[at], right.numbers[at]];
    if (a !== b) return a < b ? -1 : 1;
  }
  // What is released stands behind all that came before it.
  if (left.prerelease.length === 0 || right.prerelease.length === 0)
    return Number(left.prerelease.length === 0) - Number(right.prerelease.length === 0);
  const length = Math.max(left.prerelease.length, right.prerelease.length);
  for (let at = 0; at < length; at++) {
    const order = compareIdentifiers(left.prerelease[at], right.prerelease[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Absent before all, numbers before words. */
function compareIdentifiers(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return -1;
  if (right === undefined) return 1;
  const [a, b] = [/^\d+$/.test(left), /^\d+$/.test(right)];
  if (a && b) return BigInt(left) < BigInt(right) ? -1 : 1;
  if (a !== b) return a ? -1 : 1;
  return left < right ? -1 : 1;
}

/** Kubernetes' semantic versions: `semver('1.2.3')`. */
export const SEMVER: readonly Overload[] = [
  globalFunction('semver(string)', (text: string) => read(text), textCost),
  globalFunction('semver(string, bool)', read, textCost),
  globalFunction(
    'isSemver(string)',
    isValid((text: string) => read(text)),
    textCost,
  ),
  globalFunction('isSemver(string, bool)', isValid(read), textCost),
  method('semver.major()', (version: Semver) => version.numbers[0] ?? 0n),
  method('semver.minor()', (version: Semver) => version.numbers[1] ?? 0n),
  method('semver.patch()', (version: Semver) => version.numbers[2] ?? 0n),
  method('semver.compareTo(semver)', (left: Semver, right: Semver) => BigInt(compare(left, right))),
  method('semver.isLessThan(semver)', (left: Semver, right: Semver) => compare(left, right) < 0),
  method('semver.isGreaterThan(semver)', (left: Semver, right: Semver) => compare(left, right) > 0),
];
