import type { Diagnostic } from '@sekisho/base';
import {
  at,
  type FaultList,
  faultList,
  isRecord,
  isTexts,
  nameOf,
  type PolicyDocument,
} from '../gatekeeper/document.ts';
import { readAction, readGates, readMatch } from './policy-fields.ts';
import { SPEC_FIELDS } from './spec-fields.ts';
import type { PolicyBundle } from './types.ts';
import { noteUnknownFields } from './unknown-fields.ts';

/** A PolicySource (`sekisho.dev/v1alpha1`): policies in files. */
export interface PolicySourceSpec {
  readonly name: string;
  readonly place: FilesPlace;
  /** Everything of the bundle but its files. */
  readonly bundle: Omit<PolicyBundle, 'files'>;
}

/** Where the files are. */
export type FilesPlace =
  | {
      readonly kind: 'git';
      readonly repoURL: string;
      readonly targetRevision: string;
      /** A folder of the repository; '' is its root. */
      readonly path: string;
    }
  | { readonly kind: 'oci'; readonly url: string };

/** Reads a PolicySource; all faults are noted. Codes: POLICY_SOURCE_INVALID, POLICY_UNKNOWN_FIELD (a warning). */
export function parsePolicySource(document: PolicyDocument): {
  source?: PolicySourceSpec;
  diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const faults = faultList(document, 'POLICY_SOURCE_INVALID', diagnostics);
  const name = nameOf(document.object);
  if (name === '') faults.add(['metadata', 'name'], 'is required');
  const spec = at(document.object, 'spec');
  if (!isRecord(spec)) {
    faults.add(['spec'], 'is required: where the files are');
    return { diagnostics };
  }
  noteUnknownFields(spec, SPEC_FIELDS.PolicySource, ['spec'], faults);
  const place = readPlace(spec, faults);
  const format = spec['format'] ?? 'rego';
  if (format !== 'rego' && format !== 'stackrox') faults.add(['spec', 'format'], 'must be rego or stackrox');
  const action = readAction(spec, faults);
  const gates = readGates(spec, faults);
  readMatch(spec, faults);
  const { namespaces, match } = spec;
  if (namespaces !== undefined && !(isTexts(namespaces) && namespaces.length > 0))
    faults.add(['spec', 'namespaces'], 'must be a list of at least one Rego package');
  if (faults.count > 0 || place === undefined) return { diagnostics };
  const bundle: PolicySourceSpec['bundle'] = {
    name,
    format: format as PolicyBundle['format'],
    ...(action === undefined ? {} : { action }),
    ...(gates === undefined ? {} : { gates }),
    ...(match === undefined ? {} : { match }),
    ...(isTexts(namespaces) ? { namespaces } : {}),
  };
  return { source: { name, place, bundle }, diagnostics };
}

function readPlace({ git, oci }: Record<string, unknown>, faults: FaultList): FilesPlace | undefined {
  if ((git === undefined) === (oci === undefined)) {
    faults.add(['spec'], 'must have either git or oci');
    return undefined;
  }
  return oci === undefined ? readGit(git, faults) : readOci(oci, faults);
}

function readGit(git: unknown, faults: FaultList): FilesPlace | undefined {
  const path = ['spec', 'git'];
  const { repoURL, targetRevision, path: folder = 'policy' } = isRecord(git) ? git : {};
  if (isRecord(git)) noteUnknownFields(git, ['repoURL', 'targetRevision', 'path'], path, faults);
  if (typeof repoURL !== 'string' || repoURL === '') faults.add([...path, 'repoURL'], 'is required');
  if (targetRevision !== undefined && typeof targetRevision !== 'string')
    faults.add([...path, 'targetRevision'], 'must be the name of a branch or tag, or a commit');
  const parts =
    typeof folder === 'string' ? folder.split('/').filter((part) => part !== '' && part !== '.') : undefined;
  if (parts === undefined || parts.includes('..'))
    faults.add([...path, 'path'], 'must be a folder of the repository, without ..');
  return {
    kind: 'git',
    repoURL: repoURL as string,
    targetRevision: typeof targetRevision === 'string' && targetRevision !== '' ? targetRevision : 'HEAD',
    path: (parts ?? []).join('/'),
  };
}

function readOci(oci: unknown, faults: FaultList): FilesPlace | undefined {
  const path = ['spec', 'oci'];
  if (isRecord(oci)) noteUnknownFields(oci, ['url'], path, faults);
  const url = at(oci, 'url');
  if (typeof url === 'string' && url !== '') return { kind: 'oci', url };
  faults.add([...path, 'url'], 'is required: a reference like oci://registry.example/policies:1');
  return undefined;
}
