import type { Check, CheckInfo } from './check.ts';
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

/** Every check, in the order in which an object's results are listed. */
export const allChecks: readonly Check[] = [
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

/** What there is to know of every check: for lists and documentation. */
export const kubeScoreChecks: readonly CheckInfo[] = allChecks;
