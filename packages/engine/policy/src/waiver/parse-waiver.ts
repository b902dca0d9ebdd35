import type { Diagnostic } from '@sekisho/base';
import {
  at,
  type FaultList,
  faultList,
  groupOf,
  isRecord,
  kindOf,
  nameOf,
  namespaceOf,
  originOf,
  type PolicyDocument,
} from '../gatekeeper/document.ts';
import { type Matcher, parseMatch } from '../gatekeeper/match.ts';
import { matchesName } from '../gatekeeper/name-pattern.ts';
import { SPEC_FIELDS } from '../policy-set/spec-fields.ts';
import type { GateVerdict } from '../policy-set/types.ts';
import { noteUnknownFields } from '../policy-set/unknown-fields.ts';
import { millisecondsOf } from '../stackrox/policy/time.ts';
import type { WaivedPolicy, Waiver } from './waiver.ts';

export interface WaiverOptions {
  /** Waivers in it may cover objects of any namespace. Default `argocd`. */
  readonly controlNamespace?: string;
}

const DEFAULT_CONTROL_NAMESPACE = 'argocd';

const POLICY_FIELDS: readonly string[] = ['kind', 'name', 'rule'];
const KINDS: readonly string[] = ['rego', 'gatekeeper', 'admission', 'best-practice', 'stackrox'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;
const MAX_SHOWN = 60;

export function isWaiver(object: unknown): boolean {
  return groupOf(object) === 'sekisho.dev' && kindOf(object) === 'Waiver';
}

/** Reads a Waiver; one with a fault covers nothing. Codes: WAIVER_INVALID, POLICY_UNKNOWN_FIELD (a warning). */
export function parseWaiver(
  document: PolicyDocument,
  options: WaiverOptions = {},
): { waiver?: Waiver; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const faults = faultList(document, 'WAIVER_INVALID', diagnostics);
  const { object } = document;
  const namespace = namespaceOf(object);
  const name = nameOf(object);
  if (name === '') faults.add(['metadata', 'name'], 'is required');
  if (namespace === '')
    faults.add(['metadata', 'namespace'], 'is required: a Waiver is for the objects of its namespace');
  const spec = at(object, 'spec');
  if (!isRecord(spec)) {
    faults.add(['spec'], 'is required: policies, reason, owner and expires');
    return { diagnostics };
  }
  noteUnknownFields(spec, SPEC_FIELDS.Waiver, ['spec'], faults);
  const policies = readPolicies(spec['policies'], faults);
  const { matches, faults: matchFaults } = parseMatch(spec['match']);
  for (const fault of matchFaults) faults.add(['spec', 'match', ...fault.path], fault.message);
  const reason = readText(spec, 'reason', 'why the policies need not hold', faults);
  const owner = readText(spec, 'owner', 'the team or person who answers for it', faults);
  const expires = readExpiry(spec['expires'], faults);
  if (faults.count > 0 || expires === undefined) return { diagnostics };
  const isAnywhere = namespace === (options.controlNamespace ?? DEFAULT_CONTROL_NAMESPACE);
  const covers = coverage(policies, matches, { name, namespace, isAnywhere });
  const origin = originOf(document, ['metadata', 'name']);
  return {
    waiver: { id: `${namespace}/${name}`, namespace, name, policies, reason, owner, expires, origin, covers },
    diagnostics,
  };
}

function coverage(
  policies: readonly WaivedPolicy[],
  matches: Matcher,
  own: { readonly name: string; readonly namespace: string; readonly isAnywhere: boolean },
): Waiver['covers'] {
  return (verdict, object, namespace) => {
    if (!policies.some((policy) => names(policy, verdict))) return false;
    if (!own.isAnywhere && namespaceOf(object) !== own.namespace) return false;
    if (isWaiver(object) && nameOf(object) === own.name && namespaceOf(object) === own.namespace) return false;
    return matches({ object, namespace }) === true;
  };
}

/** A policy goes by its name, and by what comes after the kind in its id. */
function names({ kind, name, rule }: WaivedPolicy, { policy, policyId }: GateVerdict): boolean {
  if (kind !== undefined && !matchesName(kind, policy.kind)) return false;
  if (!matchesName(name, policy.name) && !matchesName(name, policyId.slice(policyId.indexOf('/') + 1))) return false;
  return rule === undefined || matchesName(rule, policy.rule ?? '');
}

function readPolicies(value: unknown, faults: FaultList): readonly WaivedPolicy[] {
  const path = ['spec', 'policies'];
  if (!Array.isArray(value) || value.length === 0) {
    faults.add(path, 'is required: at least one entry with the name of a policy');
    return [];
  }
  return value.flatMap((entry: unknown, i): WaivedPolicy[] => {
    if (!isRecord(entry)) {
      faults.add([...path, i], 'must be an object with the name of a policy');
      return [];
    }
    noteUnknownFields(entry, POLICY_FIELDS, [...path, i], faults);
    for (const field of POLICY_FIELDS) {
      const text = entry[field];
      if (text === undefined ? field === 'name' : typeof text !== 'string' || text === '')
        faults.add([...path, i, field], text === undefined ? 'is required; * is any policy' : 'must be a text');
    }
    const { kind, name, rule } = entry;
    if (typeof kind === 'string' && kind !== '' && !KINDS.some((known) => matchesName(kind, known)))
      faults.add([...path, i, 'kind'], `must be one of ${KINDS.join(', ')}, not ${JSON.stringify(kind)}`);
    if (typeof name !== 'string') return [];
    return [{ name, ...(typeof kind === 'string' ? { kind } : {}), ...(typeof rule === 'string' ? { rule } : {}) }];
  });
}

function readText(spec: Record<string, unknown>, field: string, what: string, faults: FaultList): string {
  const value = spec[field];
  if (typeof value === 'string' && value.trim() !== '') return value;
  const fault =
    value === undefined || value === null
      ? 'is required'
      : typeof value === 'string'
        ? 'must not be blank'
        : `must be a text, not ${shown(value)}`;
  faults.add(['spec', field], `${fault}: ${what}`);
  return '';
}

/** A time, or a day: its end in UTC. */
function readExpiry(value: unknown, faults: FaultList): number | undefined {
  const text = typeof value === 'string' ? value : '';
  const isDay = DAY.test(text);
  const time = millisecondsOf(isDay ? `${text}T00:00:00Z` : text);
  if (time !== undefined) return isDay ? time + DAY_MS : time;
  const hint = 'Write a day like "2027-03-31", which counts to its end in UTC, or a time like "2027-03-31T12:00:00Z".';
  faults.add(['spec', 'expires'], expiryFault(value, isDay), { hint });
  return undefined;
}

function expiryFault(value: unknown, isDay: boolean): string {
  if (value === undefined || value === null) return 'is required: the day until which it counts';
  return `${shown(value)} is no ${isDay ? 'day of the calendar' : 'day (YYYY-MM-DD) and no time (RFC 3339)'}`;
}

/** As JSON, not more than fits into a message. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
