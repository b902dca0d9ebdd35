import type { Check } from './check.ts';
import { autoscalingChecks } from './checks/autoscaling.ts';
import { resourceChecks } from './checks/container-resources.ts';
import { containerChecks } from './checks/containers.ts';
import { disruptionChecks } from './checks/disruption.ts';
import { ingressChecks } from './checks/ingress.ts';
import { jobChecks } from './checks/jobs.ts';
import { labelChecks } from './checks/labels.ts';
import { networkChecks } from './checks/network.ts';
import { probeChecks } from './checks/probes.ts';
import { replicaChecks } from './checks/replicas.ts';
import { securityChecks } from './checks/security.ts';
import { serviceChecks } from './checks/services.ts';
import { topologyChecks } from './checks/topology.ts';
import { versionChecks } from './checks/versions.ts';

/** Every check of kube-score, in the order in which an object's results are listed. */
export const kubeScoreChecks: readonly Check[] = [
  ...versionChecks,
  ...labelChecks,
  ...resourceChecks,
  ...containerChecks,
  ...securityChecks,
  ...probeChecks,
  ...topologyChecks,
  ...networkChecks,
  ...serviceChecks,
  ...replicaChecks,
  ...disruptionChecks,
  ...autoscalingChecks,
  ...jobChecks,
  ...ingressChecks,
];
