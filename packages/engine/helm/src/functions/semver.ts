import {
  GoObject,
  goFunction,
  Integer,
  type TemplateFunction,
  TemplateFunctionError,
  type Value,
} from '@sekisho/gotemplate';
import { compareVersions, parseVersion, type Version, versionText } from './version.ts';
import { parseConstraint, satisfies } from './version-constraint.ts';

function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new TemplateFunctionError('invalid semantic version');
  return version;
}

function uint64(value: bigint): Integer {
  return new Integer('uint64', value);
}

/** A `*semver.Version` with its methods. */
function goVersion(version: Version): GoObject {
  const text = versionText(version);
  const other = (value: Value): Version => (value instanceof GoObject ? (value.inner as Version) : version);
  const changed = (change: Partial<Version>): GoObject => {
    const next = { ...version, ...change };
    const prefix = version.original.startsWith('v') ? 'v' : '';
    return goVersion({ ...next, original: prefix + versionText(next) });
  };
  const released = { prerelease: '', metadata: '' };
  return new GoObject({
    type: '*semver.Version',
    inner: version,
    text: () => text,
    methods: {
      Major: () => uint64(version.major),
      Minor: () => uint64(version.minor),
      Patch: () => uint64(version.patch),
      Prerelease: () => version.prerelease,
      Metadata: () => version.metadata,
      Original: () => version.original,
      String: () => text,
      IncMajor: () => changed({ ...released, major: version.major + 1n, minor: 0n, patch: 0n }),
      IncMinor: () => changed({ ...released, minor: version.minor + 1n, patch: 0n }),
      // A pre-release becomes its release.
      IncPatch: () => changed({ ...released, patch: version.prerelease === '' ? version.patch + 1n : version.patch }),
      SetPrerelease: (prerelease) => changed({ prerelease: String(prerelease) }),
      SetMetadata: (metadata) => changed({ metadata: String(metadata) }),
      Compare: (value) => BigInt(compareVersions(version, other(value))),
      Equal: (value) => compareVersions(version, other(value)) === 0,
      LessThan: (value) => compareVersions(version, other(value)) < 0,
      GreaterThan: (value) => compareVersions(version, other(value)) > 0,
    },
  });
}

export const semverFunctions: Readonly<Record<string, TemplateFunction>> = {
  semver: goFunction(['string'], (text: string) => goVersion(versionOf(text))),
  semverCompare: goFunction(['string', 'string'], (wanted: string, text: string) => {
    const constraint = parseConstraint(wanted);
    if (constraint === undefined) throw new TemplateFunctionError(`improper constraint: ${wanted}`);
    return satisfies(versionOf(text), constraint);
  }),
};
