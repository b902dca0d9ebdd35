import { formatOrigin } from '@sekisho/base';
import type { GateVerdict } from './types.ts';

/** One line for people: `K8sRequiredLabels/owner: message (spec.containers[name=web].image, web.yaml:12:7)`. */
export function formatVerdict(verdict: GateVerdict): string {
  const { subject, fields = [] } = verdict;
  const places = [fields[0], subject.origin === undefined ? undefined : formatOrigin(subject.origin)];
  const known = places.filter((place) => place !== undefined);
  return `${policyTitle(verdict)}: ${verdict.message}${known.length === 0 ? '' : ` (${known.join(', ')})`}`;
}

function policyTitle({ policy: { name, rule } }: GateVerdict): string {
  return rule === undefined ? name : `${name}/${rule}`;
}

/** What `kubectl` prints of a denied request: a line `[constraint] message` for each deny. */
export function kubernetesMessage(verdicts: readonly GateVerdict[]): string {
  return verdicts
    .filter(({ decision }) => decision === 'deny')
    .map(kubernetesLine)
    .join('\n');
}

/** `[constraint] message`: a line of a denied request, or one warning. */
export function kubernetesLine(verdict: GateVerdict): string {
  const { name, rule } = verdict.policy;
  const shown = verdict.policy.kind === 'gatekeeper' ? (rule ?? name) : policyTitle(verdict);
  return `[${shown}] ${verdict.message}`;
}
