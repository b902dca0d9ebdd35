/** Fields of the `spec` of Sekisho's own kinds. */
export const SPEC_FIELDS = {
  PolicySource: ['format', 'git', 'oci', 'enforcementAction', 'gates', 'match', 'namespaces'],
  BestPracticeProfile: ['kubeScore', 'kubesec', 'podSecurity', 'denyFrom', 'severities', 'match', 'gates'],
  Waiver: ['policies', 'match', 'reason', 'owner', 'expires'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
