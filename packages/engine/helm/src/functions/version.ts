/** A semantic version, or a part of one as Masterminds' library takes it (`v1`, `1.2`). */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;
}

const MAX_LENGTH = 1_000;
const VERSION =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*))?(?:\+([\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*))?$/;

/** Undefined when it is none. */
export function parseVersion(text: string): Version | undefined {
  const match = text.length > MAX_LENGTH ? null : VERSION.exec(text);
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = match;
  return { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease, metadata, original: text };
}

export function versionText({ major, minor, patch, prerelease, metadata }: Omit<Version, 'original'>): string {
  const suffix = `${prerelease === '' ? '' : `-${prerelease}`}${metadata === '' ? '' : `+${metadata}`}`;
  return `${major}.${minor}.${patch}${suffix}`;
}

/** Semver 2, section 11. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareIntegers(a.major, b.major) ||
    compareIntegers(a.minor, b.minor) ||
    compareIntegers(a.patch, b.patch) ||
    comparePrerelease(a.prerelease, b.prerelease)
  );
}

function compareIntegers(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePrerelease(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  const [x, y] = [a.split('.'), b.split('.')];
  for (let index = 0; index < Math.max(x.length, y.length); index++) {
    const [partX, partY] = [x[index], y[index]];
    if (partX === undefined || partY === undefined) return partX === undefined ? -1 : 1;
    const [numberX, numberY] = [/^\d+$/.test(partX), /^\d+$/.test(partY)];
    if (numberX && numberY) {
      const order = compareIntegers(BigInt(partX), BigInt(partY));
      if (order !== 0) return order;
    } else if (numberX !== numberY) return numberX ? -1 : 1;
    else if (partX !== partY) return partX < partY ? -1 : 1;
  }
  return 0;
}
