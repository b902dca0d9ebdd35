import { createHash } from 'node:crypto';
import type { KubeObject } from '@sekisho/kube';
import type { Gate, PolicyAction, PolicyBundle } from '@sekisho/policy';
import { asRecord } from '../../applications/as-record.ts';

/** Where the files of a PolicySource are. */
export type FilesPlace =
  | {
      readonly kind: 'git';
      readonly repoURL: string;
      readonly targetRevision: string;
      readonly path: string;
    }
  | { readonly kind: 'oci'; readonly url: string };

/** A PolicySource as it is written. */
export interface PolicySourceSpec {
  readonly name: string;
  readonly place: FilesPlace;
  /** Everything of the bundle but its files. */
  readonly bundle: Omit<PolicyBundle, 'files'>;
}

const GATES: readonly string[] = ['check', 'sync', 'admission', 'audit'];
const ACTIONS: readonly string[] = ['deny', 'warn', 'dryrun'];
const FORMATS: readonly string[] = ['rego', 'stackrox'];

/** Reads a PolicySource. @returns it, or what is wrong with it */
export function readPolicySource(object: KubeObject): PolicySourceSpec | { readonly fault: string } {
  const name = object.metadata.name ?? '';
  const spec = asRecord(object['spec']);
  const place = readPlace(spec);
  if ('fault' in place) return place;
  const { format = 'rego', enforcementAction = 'deny', gates, match, namespaces } = spec;
  if (!FORMATS.includes(format as string)) return { fault: `spec.format must be one of ${FORMATS.join(', ')}` };
  if (!ACTIONS.includes(enforcementAction as string))
    return { fault: `spec.enforcementAction must be one of ${ACTIONS.join(', ')}` };
  if (gates !== undefined && !(isTexts(gates) && gates.every((gate) => GATES.includes(gate))))
    return { fault: `spec.gates must be a list of ${GATES.join(', ')}` };
  if (namespaces !== undefined && !isTexts(namespaces)) return { fault: 'spec.namespaces must be a list of texts' };
  return {
    name,
    place,
    bundle: {
      name,
      format: format as PolicyBundle['format'],
      action: enforcementAction as PolicyAction,
      ...(gates === undefined ? {} : { gates: gates as Gate[] }),
      ...(match === undefined ? {} : { match }),
      ...(namespaces === undefined ? {} : { namespaces }),
    },
  };
}

function readPlace(spec: Readonly<Record<string, unknown>>): FilesPlace | { readonly fault: string } {
  const { git, oci } = spec;
  if ((git === undefined) === (oci === undefined)) return { fault: 'spec must have either git or oci' };
  if (oci !== undefined) {
    const { url } = asRecord(oci);
    return typeof url === 'string' && url !== '' ? { kind: 'oci', url } : { fault: 'spec.oci.url is required' };
  }
  const { repoURL, targetRevision = 'HEAD', path = 'policy' } = asRecord(git);
  if (typeof repoURL !== 'string' || repoURL === '') return { fault: 'spec.git.repoURL is required' };
  if (typeof targetRevision !== 'string') return { fault: 'spec.git.targetRevision must be a text' };
  if (typeof path !== 'string' || path.split('/').includes('..'))
    return { fault: 'spec.git.path must be a folder of the repository' };
  return {
    kind: 'git',
    repoURL,
    targetRevision: targetRevision === '' ? 'HEAD' : targetRevision,
    path: path.replace(/^\.?\/+|\/+$/g, '').replace(/^\.$/, ''),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Names a place; what was fetched from it is kept under this name. */
export function idOfPlace(place: FilesPlace): string {
  const fields =
    place.kind === 'git' ? [place.kind, place.repoURL, place.targetRevision, place.path] : [place.kind, place.url];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}
