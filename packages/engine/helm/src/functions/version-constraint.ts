import { compareVersions, parseVersion, type Version } from './version.ts';

/** One comparison. What was left out, or is `x`, is open. */
interface Comparison {
  readonly operator: string;
  readonly version: Version;
  readonly isMajorOpen: boolean;
  readonly isMinorOpen: boolean;
  readonly isPatchOpen: boolean;
}

/** Groups of which one must hold whole. */
export type Constraint = readonly (readonly Comparison[])[];

const MAX_LENGTH = 10_000;
const PART = '(?:\\d+|[xX*])';
const WORDS = '[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*';
const VERSION = `v?(${PART})(?:\\.(${PART}))?(?:\\.(${PART}))?(?:-(${WORDS}))?(?:\\+${WORDS})?`;
const COMPARISON = new RegExp(`\\s*,?\\s*(=|!=|>=|=>|<=|=<|>|<|~>|~|\\^)?\\s*${VERSION}(?=[\\s,]|$)`, 'y');
const RANGE = /(?<=^|[\s,])(v?[\dxX*][^\s,]*)\s+-\s+(v?[\dxX*][^\s,]*)/g;

/** Masterminds' constraints: `>=1.2 <2 || 3.x`, `~1.2`, `^1`, `1.2 - 1.4`. Undefined when it is none. */
export function parseConstraint(text: string): Constraint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const groups: Comparison[][] = [];
  for (const part of text.split('||')) {
    const group = parseGroup(part.replace(RANGE, '>=$1 <=$2').trimEnd());
    if (group === undefined) return undefined;
    groups.push(group);
  }
  return groups;
}

function parseGroup(text: string): Comparison[] | undefined {
  const group: Comparison[] = [];
  COMPARISON.lastIndex = 0;
  let end = 0;
  do {
    const match = COMPARISON.exec(text);
    if (match === null) return undefined;
    end = COMPARISON.lastIndex;
    group.push(comparisonOf(match));
  } while (end < text.length);
  return group;
}

function comparisonOf([, operator = '', major, minor, patch, prerelease]: RegExpExecArray): Comparison {
  const isOpen = (part: string | undefined): boolean => part === undefined || /^[xX*]$/.test(part);
  const isMajorOpen = isOpen(major);
  const isMinorOpen = !isMajorOpen && isOpen(minor);
  const isPatchOpen = !isMajorOpen && !isMinorOpen && isOpen(patch);
  const numbers = isMajorOpen
    ? '0.0.0'
    : isMinorOpen
      ? `${major}.0.0`
      : isPatchOpen
        ? `${major}.${minor}.0`
        : `${major}.${minor}.${patch}`;
  const text = prerelease === undefined ? numbers : `${numbers}-${prerelease}`;
  const version = parseVersion(text) ?? {
    major: 0n,
    minor: 0n,
    patch: 0n,
    prerelease: '',
    metadata: '',
    original: text,
  };
  return { operator, version, isMajorOpen, isMinorOpen, isPatchOpen };
}

/** Pre-releases fit only where one of the group's comparisons names one. */
export function satisfies(version: Version, constraint: Constraint): boolean {
  return constraint.some((group) => {
    if (version.prerelease !== '' && group.every((comparison) => comparison.version.prerelease === '')) return false;
    return group.every((comparison) => holds(version, comparison));
  });
}

function holds(version: Version, comparison: Comparison): boolean {
  const { operator, version: wanted, isMajorOpen, isMinorOpen, isPatchOpen } = comparison;
  const isOpen = isMajorOpen || isMinorOpen || isPatchOpen;
  const order = compareVersions(version, wanted);
  switch (operator) {
    case '':
    case '=':
      return isOpen ? withinTilde(version, comparison) : order === 0;
    case '!=':
      return isOpen && !isMajorOpen ? !withinParts(version, comparison) : order !== 0;
    case '>':
      if (!isOpen) return order > 0;
      if (version.major !== wanted.major) return version.major > wanted.major;
      return isPatchOpen ? version.minor > wanted.minor : isMajorOpen && order > 0;
    case '<':
      return order < 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<=':
    case '=<':
      if (!isOpen) return order <= 0;
      if (version.major !== wanted.major) return version.major < wanted.major;
      return isMinorOpen || version.minor <= wanted.minor;
    case '~':
    case '~>':
      return withinTilde(version, comparison);
    default:
      return withinCaret(version, comparison);
  }
}

function withinParts(version: Version, { version: wanted, isMinorOpen }: Comparison): boolean {
  return version.major === wanted.major && (isMinorOpen || version.minor === wanted.minor);
}

function withinTilde(version: Version, comparison: Comparison): boolean {
  const { version: wanted, isMinorOpen, isPatchOpen } = comparison;
  if (compareVersions(version, wanted) < 0) return false;
  // `~0.0.0`, and `~*`, take every version.
  const isZero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n;
  return (isZero && !isMinorOpen && !isPatchOpen) || withinParts(version, comparison);
}

function withinCaret(version: Version, { version: wanted, isMinorOpen, isPatchOpen }: Comparison): boolean {
  if (compareVersions(version, wanted) < 0) return false;
  if (version.major !== wanted.major) return false;
  if (wanted.major > 0n || isMinorOpen) return true;
  if (version.minor !== wanted.minor) return false;
  return wanted.minor > 0n || isPatchOpen || version.patch === wanted.patch;
}
