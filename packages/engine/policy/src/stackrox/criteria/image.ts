import { millisecondsOf } from '../policy/time.ts';
import { type Criterion, criterion, Missing } from './criterion.ts';
import {
  comparison,
  days,
  dockerfileLine,
  expression,
  pair,
  ranked,
  truth,
  type ValueGrammar,
  written,
} from './value.ts';

type Pairs = readonly [string, string];

/** Days from a time to now; undefined when there is no (readable) time. */
function ageInDays(time: string | undefined, now: number): readonly number[] | undefined {
  const at = time === undefined ? undefined : millisecondsOf(time);
  return at === undefined ? undefined : [(now - at) / 86_400_000];
}

const wholeDays = (age: number) => String(Math.floor(age));

/** Fires when one of the labels is there (`present`), or when it is not. */
export function labelled(present: boolean, secondRequired: boolean): ValueGrammar<Readonly<Record<string, string>>> {
  const entry = pair('key=value, two regular expressions (RE2)', { secondRequired });
  return {
    expects: entry.expects,
    compile(value) {
      const meets = entry.compile(value);
      return (labels) => Object.entries(labels).some(meets) === present;
    },
  };
}

/** Every fix: `.*` means "some", as it always did. */
const fixedBy: ValueGrammar<string> = {
  ...expression,
  compile: (value) => expression.compile(value === '.*' ? '.+' : value),
};

const severities = ['UNKNOWN', 'LOW', 'MODERATE', 'IMPORTANT', 'CRITICAL'] as const;
const signatureIntegration = written(
  'the id of a signature integration: io.stackrox.signatureintegration.UUID',
  /^io\.stackrox\.signatureintegration\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
);

export const imageCriteria: readonly Criterion[] = [
  criterion('Image Registry', {
    level: 'image',
    values: expression,
    negatable: true,
    read: ({ name }) => [name.registry],
    says: (found) => `comes from the registry ${found}`,
  }),
  criterion('Image Remote', {
    level: 'image',
    values: expression,
    negatable: true,
    read: ({ name }) => [name.remote],
    says: (found) => `comes from the repository ${found}`,
  }),
  criterion('Image Tag', {
    level: 'image',
    values: expression,
    negatable: true,
    read: ({ name }) => [name.tag],
    says: (found) => (found === '' ? 'has no tag' : `has the tag ${found}`),
  }),
  criterion('Image Signature Verified By', {
    level: 'image',
    values: signatureIntegration,
    inverted: true,
    read: ({ metadata, name }) =>
      metadata?.verifiedBy ?? new Missing(`the verification of signatures of ${name.fullName}`),
    says: (_, wanted) => `is not signed as ${wanted} asks`,
  }),
  criterion('Image Age', {
    level: 'config',
    values: days,
    single: true,
    read: ({ created }, { now }) => ageInDays(created, now) ?? new Missing('the time when the image was created'),
    show: wholeDays,
    says: (found, wanted) => `was created ${found} days ago, more than ${wanted}`,
  }),
  criterion('Image User', {
    level: 'config',
    values: expression,
    negatable: true,
    read: ({ user = '' }) => [user],
    says: (found) => (found === '' ? 'names no user' : `runs as the user ${found}`),
  }),
  criterion<'layer', Pairs>('Dockerfile Line', {
    level: 'layer',
    values: dockerfileLine,
    read: ({ instruction, value }) => [[instruction, value]],
    show: ([instruction, value]) => `${instruction} ${value}`,
    says: (found) => `is built with the line "${found}"`,
  }),
  criterion('Required Image Label', {
    level: 'config',
    values: labelled(false, true),
    read: ({ labels = {} }) => [labels],
    says: (_, wanted) => `has no label ${wanted}`,
  }),
  criterion('Disallowed Image Label', {
    level: 'config',
    values: labelled(true, true),
    read: ({ labels = {} }) => [labels],
    says: (_, wanted) => `has a label ${wanted}`,
  }),
  criterion('Image OS', {
    level: 'scan',
    values: expression,
    negatable: true,
    read: ({ operatingSystem }) =>
      operatingSystem === undefined ? new Missing('the operating system of the image') : [operatingSystem],
    says: (found) => `is based on ${found}`,
  }),
  criterion('Image Scan Age', {
    level: 'scan',
    values: days,
    single: true,
    read: ({ time }, { now }) => ageInDays(time, now) ?? new Missing('the time of the scan'),
    show: wholeDays,
    says: (found, wanted) => `was scanned ${found} days ago, more than ${wanted}`,
  }),
  criterion('Unscanned Image', {
    level: 'image',
    values: truth,
    single: true,
    read: ({ metadata, name }) =>
      metadata === undefined ? new Missing(`anything about ${name.fullName}`) : [metadata.scan === undefined],
    says: (found) => (found === 'true' ? 'was never scanned' : 'was scanned'),
  }),
  criterion<'component', Pairs>('Image Component', {
    level: 'component',
    values: pair('name=version, two regular expressions (RE2)', { secondRequired: true }),
    read: ({ name, version }) => [[name, version]],
    show: ([name, version]) => `${name} ${version}`,
    says: () => 'is a component that must not be there',
  }),
];

export const vulnerabilityCriteria: readonly Criterion[] = [
  criterion('CVE', {
    level: 'vulnerability',
    values: expression,
    negatable: true,
    read: ({ cve }) => [cve],
    says: () => 'is a vulnerability that must not be there',
  }),
  criterion('CVSS', {
    level: 'vulnerability',
    values: comparison,
    read: ({ cvss }) => (cvss === undefined ? undefined : [cvss]),
    says: (found) => `has a CVSS score of ${found}`,
  }),
  criterion('NVD CVSS', {
    level: 'vulnerability',
    values: comparison,
    read: ({ nvdCvss }) => (nvdCvss === undefined ? undefined : [nvdCvss]),
    says: (found) => `has a CVSS score of ${found} at the NVD`,
  }),
  criterion('Severity', {
    level: 'vulnerability',
    values: ranked(severities),
    read: ({ severity = 'UNKNOWN' }) => [severity],
    says: (found) => `has the severity ${found}`,
  }),
  criterion('Fixable', {
    level: 'vulnerability',
    values: truth,
    single: true,
    read: ({ fixedBy: fix = '' }) => [fix !== ''],
    says: (found) => (found === 'true' ? 'can be fixed' : 'cannot be fixed yet'),
  }),
  criterion('Fixed By', {
    level: 'vulnerability',
    values: fixedBy,
    negatable: true,
    read: ({ fixedBy: fix = '' }) => [fix],
    says: (found) => (found === '' ? 'is not fixed yet' : `is fixed in ${found}`),
  }),
  ...(
    [
      ['Days Since CVE Was Published', 'publishedOn', 'was published'],
      ['Days Since CVE Fix Was Available', 'fixAvailableOn', 'could have been fixed'],
      ['Days Since CVE Was First Discovered In Image', 'firstSeenInImage', 'was found in the image'],
      ['Days Since CVE Was First Discovered In System', 'firstSeenInSystem', 'was found here'],
    ] as const
  ).map(([name, key, what]) =>
    criterion(name, {
      level: 'vulnerability',
      values: days,
      single: true,
      read: (vulnerability, { now }) => ageInDays(vulnerability[key], now),
      show: wholeDays,
      says: (found, wanted) => `${what} ${found} days ago, more than ${wanted}`,
    }),
  ),
];
