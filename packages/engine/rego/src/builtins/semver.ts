import { anyType, booleanType, fn, numberType, stringType } from '../types/construct.ts';
import { compareCodePoints } from '../value/compare.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { builtinFault, stringOperand } from './operand.ts';

const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const NUMBER = '(0|[1-9]\\d*)';
/** A `v` in front is let pass. */
const VERSION = new RegExp(`^v?${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`);
const MAX_PART = 2n ** 63n - 1n;

interface Version {
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly string[];
}

/** Semantic Versioning 2.0.0. */
function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const numbers = match.slice(1, 4).map((part) => BigInt(part));
  if (numbers.some((part) => part > MAX_PART)) return undefined;
  const prerelease = match[4]?.split('.') ?? [];
  return prerelease.some((part) => /^0\d+$/.test(part)) ? undefined : { numbers, prerelease };
}

function versionOperand(position: number, value: Value): Version {
  const text = stringOperand('semver.compare', position, value);
  const version = parseVersion(text);
  if (version !== undefined) return version;
  throw builtinFault('semver.compare', `operand ${position}: string "${text}" is not a valid SemVer`);
}

function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < 3; i += 1) {
    const x = a.numbers[i] ?? 0n;
    const y = b.numbers[i] ?? 0n;
    if (x !== y) return x < y ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return Math.sign(b.prerelease.length - a.prerelease.length);
  const length = Math.min(a.prerelease.length, b.prerelease.length);
  for (let i = 0; i < length; i += 1) {
    const order = compareIdentifiers(a.prerelease[i] ?? '', b.prerelease[i] ?? '');
    if (order !== 0) return order;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

/** Numbers before names. */
function compareIdentifiers(a: string, b: string): number {
  const numeric = /^\d+$/;
  if (numeric.test(a) !== numeric.test(b)) return numeric.test(a) ? -1 : 1;
  if (!numeric.test(a) || a.length === b.length) return Math.sign(compareCodePoints(a, b));
  return a.length < b.length ? -1 : 1;
}

export const SEMVER_BUILTINS: readonly Builtin[] = [
  {
    name: 'semver.compare',
    type: fn([stringType, stringType], numberType),
    description: '-1, 0 or 1: order of two semantic versions.',
    evaluate: (_, a, b) => compareVersions(versionOperand(1, a as Value), versionOperand(2, b as Value)),
  },
  {
    name: 'semver.is_valid',
    type: fn([anyType], booleanType),
    description: 'Whether a value is a semantic version.',
    evaluate: (_, value) => typeof value === 'string' && parseVersion(value) !== undefined,
  },
];
