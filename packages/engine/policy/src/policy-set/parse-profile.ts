import { type Diagnostic, defined } from '@sekisho/base';
import { kubeScoreChecks } from '../best-practice/kube-score/registry.ts';
import type { ScoreOptions } from '../best-practice/kube-score/score.ts';
import { kubesecRules } from '../best-practice/kubesec/registry.ts';
import type { PodSecurityLevel } from '../best-practice/pod-security/control.ts';
import { podSecurityControls } from '../best-practice/pod-security/evaluate.ts';
import type { BestPracticeProfile } from '../best-practice/verdicts.ts';
import {
  at,
  type FaultList,
  faultList,
  isRecord,
  isTexts,
  nameOf,
  type PolicyDocument,
} from '../gatekeeper/document.ts';
import type { Matcher } from '../gatekeeper/match.ts';
import type { Severity } from '../verdict.ts';
import { readGates, readMatch } from './policy-fields.ts';
import { SPEC_FIELDS } from './spec-fields.ts';
import type { Gate } from './types.ts';
import { noteUnknownFields } from './unknown-fields.ts';

/** A BestPracticeProfile (`sekisho.dev/v1alpha1`). */
export interface NamedProfile {
  readonly name: string;
  readonly document: PolicyDocument;
  readonly profile: BestPracticeProfile;
  readonly matches: Matcher;
  readonly gates: readonly Gate[] | undefined;
}

const SEVERITIES: readonly string[] = ['low', 'medium', 'high', 'critical'];
const LEVELS: readonly string[] = ['privileged', 'baseline', 'restricted'];

/** Fields of `kubeScore`, and what each holds. */
const SCORE_FIELDS: Readonly<Record<keyof ScoreOptions, 'text' | 'checks' | 'flag' | 'count'>> = {
  kubernetesVersion: 'text',
  enabledOptional: 'checks',
  ignored: 'checks',
  useIgnoreAnnotation: 'flag',
  useEnableAnnotation: 'flag',
  ignoreContainerCpuLimit: 'flag',
  ignoreContainerMemoryLimit: 'flag',
  minReplicasDeployment: 'count',
  minReplicasHpa: 'count',
};

/** Reads a BestPracticeProfile; all faults are noted. Codes: POLICY_PROFILE_INVALID, POLICY_UNKNOWN_FIELD (a warning). */
export function parseBestPracticeProfile(document: PolicyDocument): {
  profile?: NamedProfile;
  diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const faults = faultList(document, 'POLICY_PROFILE_INVALID', diagnostics);
  const { object } = document;
  const name = nameOf(object);
  if (name === '') faults.add(['metadata', 'name'], 'is required');
  const spec = object['spec'] ?? {};
  if (!isRecord(spec)) {
    faults.add(['spec'], 'must be an object');
    return { diagnostics };
  }
  noteUnknownFields(spec, SPEC_FIELDS.BestPracticeProfile, ['spec'], faults);
  const kubesec = spec['kubesec'];
  if (kubesec !== undefined && typeof kubesec !== 'boolean') faults.add(['spec', 'kubesec'], 'must be true or false');
  const profile: BestPracticeProfile = defined({
    kubeScore: readKubeScore(spec['kubeScore'], faults),
    kubesec: typeof kubesec === 'boolean' ? kubesec : undefined,
    podSecurity: readPodSecurity(spec['podSecurity'], faults),
    denyFrom: readDenyFrom(spec['denyFrom'], faults),
    severities: readSeverities(spec['severities'], faults),
  });
  const matches = readMatch(spec, faults);
  const gates = readGates(spec, faults);
  return faults.count > 0 ? { diagnostics } : { profile: { name, document, profile, matches, gates }, diagnostics };
}

function readKubeScore(value: unknown, faults: FaultList): ScoreOptions | false | undefined {
  const path = ['spec', 'kubeScore'];
  if (value === undefined || value === false) return value;
  if (!isRecord(value)) {
    faults.add(path, 'must be an object, or false');
    return undefined;
  }
  noteUnknownFields(value, Object.keys(SCORE_FIELDS), path, faults);
  for (const [field, type] of Object.entries(SCORE_FIELDS)) {
    const given = value[field];
    if (given === undefined) continue;
    if (type === 'text' && typeof given !== 'string') faults.add([...path, field], 'must be text, like "v1.31"');
    if (type === 'flag' && typeof given !== 'boolean') faults.add([...path, field], 'must be true or false');
    if (type === 'count' && !(Number.isSafeInteger(given) && (given as number) >= 0))
      faults.add([...path, field], 'must be a whole number from 0 on');
    if (type === 'checks') readChecks(given, [...path, field], faults);
  }
  return value as ScoreOptions;
}

function readChecks(value: unknown, path: readonly (string | number)[], faults: FaultList): void {
  if (!isTexts(value)) {
    faults.add(path, 'must be a list of ids of checks');
    return;
  }
  for (const [i, id] of value.entries()) {
    if (!kubeScoreChecks.some((check) => check.id === id))
      faults.add([...path, i], `there is no check ${JSON.stringify(id)}`);
  }
}

function readPodSecurity(value: unknown, faults: FaultList): BestPracticeProfile['podSecurity'] {
  const path = ['spec', 'podSecurity'];
  if (value === undefined) return undefined;
  const level = at(value, 'level');
  const version = at(value, 'version');
  if (isRecord(value)) noteUnknownFields(value, ['level', 'version'], path, faults);
  if (typeof level !== 'string' || !LEVELS.includes(level))
    faults.add([...path, 'level'], `must be one of ${LEVELS.join(', ')}`);
  if (version !== undefined && !(typeof version === 'string' && /^(?:latest|v?1\.\d+)$/.test(version)))
    faults.add([...path, 'version'], 'must be latest, or a version like v1.31');
  return { level: level as PodSecurityLevel, ...(typeof version === 'string' ? { version } : {}) };
}

function readDenyFrom(value: unknown, faults: FaultList): BestPracticeProfile['denyFrom'] {
  if (value === undefined) return undefined;
  if (value !== 'never' && !SEVERITIES.includes(String(value)))
    faults.add(['spec', 'denyFrom'], `must be one of ${SEVERITIES.join(', ')}, never`);
  return value as Severity | 'never';
}

function readSeverities(value: unknown, faults: FaultList): BestPracticeProfile['severities'] {
  const path = ['spec', 'severities'];
  if (value === undefined) return undefined;
  if (!isRecord(value)) {
    faults.add(path, 'must be an object: severities by id');
    return undefined;
  }
  for (const [id, severity] of Object.entries(value)) {
    if (!isRule(id))
      faults.add([...path, id], 'is none of the rules: they are kube-score/ID, kubesec/ID, pod-security/ID');
    if (severity !== 'off' && !SEVERITIES.includes(String(severity)))
      faults.add([...path, id], `must be one of ${SEVERITIES.join(', ')}, off`);
  }
  return value as Record<string, Severity | 'off'>;
}

function isRule(id: string): boolean {
  const [kind, name] = [id.slice(0, id.indexOf('/')), id.slice(id.indexOf('/') + 1)];
  const rules = kind === 'kube-score' ? kubeScoreChecks : kind === 'kubesec' ? kubesecRules : podSecurityControls;
  return (
    (kind === 'kube-score' || kind === 'kubesec' || kind === 'pod-security') && rules.some((one) => one.id === name)
  );
}
