import semver from 'semver';

export interface TagRange {
  /** The name of the highest version in the range; undefined when none is. */
  best(tags: Iterable<string>): string | undefined;
}

/** `1`, `v1.2`, `1.2.3-rc.1`: a version, so a tag's name and not a range (Argo CD's rule). */
const plainVersion = /^v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/**
 * Parses a semver range as people write it in `targetRevision`: `1.2.*`, `>=1.0 <2`, `>=1.0, <2`, `^1`, `~1.2`, `v1.x`,
 * `1 - 2`, `!=1.2.3`, `*`, alternatives with `||`. Pre-releases are only considered when the range names one.
 * @returns undefined when `text` is no range
 */
export function parseTagRange(text: string): TagRange | undefined {
  if (text.length > 256 || plainVersion.test(text) || !/[\d*xX]/.test(text)) return undefined;
  if (/^[xX]$/.test(text.trim())) return undefined;
  const alternatives: { range: semver.Range; excluded: semver.SemVer[] }[] = [];
  const includePrerelease = /\d-[0-9A-Za-z]/.test(text);
  for (const alternative of text.split('||')) {
    const excluded: semver.SemVer[] = [];
    const rest = alternative
      .replace(/,/g, ' ')
      .replace(/=>/g, '>=')
      .replace(/=</g, '<=')
      .replace(/!=\s*(\S+)/g, (_, version: string) => {
        const parsed = parseVersion(version);
        if (parsed !== undefined) excluded.push(parsed);
        return '';
      })
      .trim();
    if (rest === '' && excluded.length === 0) return undefined;
    try {
      alternatives.push({ range: new semver.Range(rest === '' ? '*' : rest, { includePrerelease }), excluded });
    } catch {
      return undefined;
    }
  }
  const accepts = (version: semver.SemVer) =>
    alternatives.some(
      ({ range, excluded }) => range.test(version) && !excluded.some((no) => no.compare(version) === 0),
    );
  return {
    best(tags) {
      let best: { name: string; version: semver.SemVer } | undefined;
      for (const name of tags) {
        const version = parseVersion(name);
        if (version === undefined || !accepts(version)) continue;
        if (best === undefined || version.compare(best.version) > 0) best = { name, version };
      }
      return best?.name;
    },
  };
}

/** Reads `1.2.3`, `v1.2.3` and the short forms `1.2` and `1` (missing numbers are 0). */
function parseVersion(text: string): semver.SemVer | undefined {
  const short = /^v?(\d+)(?:\.(\d+))?$/.exec(text);
  return semver.parse(short === null ? text : `${short[1]}.${short[2] ?? 0}.0`) ?? undefined;
}
