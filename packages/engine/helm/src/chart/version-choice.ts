import { compareVersions, parseVersion, type Version } from '../functions/version.ts';
import { parseConstraint, satisfies } from '../functions/version-constraint.ts';

/** Which of `versions` Helm takes for `wanted`. */
export type VersionChoice =
  | { readonly version: string }
  /** Why there is none: the range is malformed, or nothing lies in it. */
  | { readonly version: undefined; readonly reason: 'range' | 'none' };

/**
 * The version that is written as `wanted`; else the newest in the range, by Masterminds' rules. Pre-releases only where the range
 * names one.
 *
 * @param versions those that are no semantic version count only when they are named exactly
 * @param wanted   a version or a range; '' is `*`
 */
export function chooseVersion(versions: readonly string[], wanted: string): VersionChoice {
  if (wanted !== '' && versions.includes(wanted)) return { version: wanted };
  const constraint = parseConstraint(wanted === '' ? '*' : wanted);
  if (constraint === undefined) return { version: undefined, reason: 'range' };
  let newest: Version | undefined;
  for (const text of versions) {
    const version = parseVersion(text);
    if (version === undefined || !satisfies(version, constraint)) continue;
    if (newest === undefined || compareVersions(version, newest) > 0) newest = version;
  }
  return newest === undefined ? { version: undefined, reason: 'none' } : { version: newest.original };
}

/** Whether a text is one version, in Helm's lenient reading (`v1`, `1.2`), and no range. */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** Newest first; those that are no semantic version come last, in their order. */
export function sortVersions(versions: readonly string[]): string[] {
  const parsed = versions.map((text) => ({ text, version: parseVersion(text) }));
  return parsed
    .sort((a, b) => {
      if (a.version === undefined || b.version === undefined)
        return Number(a.version === undefined) - Number(b.version === undefined);
      return compareVersions(b.version, a.version);
    })
    .map(({ text }) => text);
}
