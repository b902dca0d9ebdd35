import { isMap } from '@sekisho/gotemplate';
import { deepEqual, type KubeObject, parseApiVersion } from '@sekisho/kube';
import type {
  ApplicationSetCondition,
  ApplicationSetResource,
  ApplicationSetStatus,
  ConditionType,
  ReconcileOutcome,
  StatusInput,
} from './status-types.ts';

type Statement = Omit<ApplicationSetCondition, 'lastTransitionTime'>;

const GENERATED = 'Successfully generated parameters for all Applications';
/** Argo CD's default: more make the object too large for etcd. */
const MAX_RESOURCES = 5000;

/** `status` of a set after a reconciliation; `previous` itself when nothing changed. */
export function nextStatus(input: StatusInput): ApplicationSetStatus {
  const { previous, rollout, live } = input;
  const before = isMap(previous) ? previous : {};
  const { conditions: _c, applicationStatus: _a, resources: _r, resourcesCount: _n, ...others } = before;
  const resources = live.map(resourceOf).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const status: ApplicationSetStatus = {
    ...others,
    conditions: conditionsOf(input, before['conditions']),
    ...(rollout === undefined || rollout.status.length === 0 ? {} : { applicationStatus: rollout.status }),
    ...(resources.length === 0 ? {} : { resources: resources.slice(0, MAX_RESOURCES) }),
    resourcesCount: resources.length,
  };
  return deepEqual(status, before) ? (before as unknown as ApplicationSetStatus) : status;
}

function conditionsOf({ outcome, rollout, now }: StatusInput, before: unknown): readonly ApplicationSetCondition[] {
  const known = Array.isArray(before) ? (before as readonly unknown[]).filter(isMap) : [];
  const statements = [...statementsOf(outcome), ...(rollout === undefined ? [] : [progressing(rollout)])];
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return statements
    .map((statement): ApplicationSetCondition => {
      const same = known.find((condition) => isSame(condition, statement));
      return { lastTransitionTime: time, ...(same as Partial<ApplicationSetCondition> | undefined), ...statement };
    })
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

function statementsOf(outcome: ReconcileOutcome): Statement[] {
  if (outcome.type === 'UpToDate') {
    return [
      statement('ErrorOccurred', 'False', 'ApplicationSetUpToDate', GENERATED),
      statement('ParametersGenerated', 'True', 'ParametersGenerated', GENERATED),
      statement('ResourcesUpToDate', 'True', 'ApplicationSetUpToDate', 'ApplicationSet up to date'),
    ];
  }
  const { reason, message } = outcome;
  const isGenerated = reason !== 'ApplicationParamsGenerationError' && reason !== 'RenderTemplateParamsError';
  return [
    statement('ErrorOccurred', 'True', reason, message),
    isGenerated
      ? statement('ParametersGenerated', 'True', 'ParametersGenerated', GENERATED)
      : statement('ParametersGenerated', 'False', 'ErrorOccurred', message),
    statement('ResourcesUpToDate', 'False', reason, message),
  ];
}

function progressing({ isProgressing, message }: { isProgressing: boolean; message: string }): Statement {
  return isProgressing
    ? statement('RolloutProgressing', 'True', 'ApplicationSetModified', message)
    : statement('RolloutProgressing', 'False', 'ApplicationSetRolloutComplete', message);
}

function statement(type: ConditionType, status: 'True' | 'False', reason: string, message: string): Statement {
  return { type, status, reason, message };
}

function isSame(condition: Readonly<Record<string, unknown>>, { type, status, reason, message }: Statement): boolean {
  return (
    condition['type'] === type &&
    condition['status'] === status &&
    condition['reason'] === reason &&
    condition['message'] === message
  );
}

function resourceOf(application: KubeObject): ApplicationSetResource {
  const { group, version } = parseApiVersion(application.apiVersion);
  const status = isMap(application['status']) ? application['status'] : {};
  const sync = isMap(status['sync']) ? status['sync']['status'] : undefined;
  const health = isMap(status['health']) ? status['health'] : {};
  const { status: healthStatus, message } = health;
  return {
    group,
    version,
    kind: application.kind,
    namespace: application.metadata.namespace ?? '',
    name: application.metadata.name ?? '',
    ...(typeof sync === 'string' ? { status: sync } : {}),
    ...(typeof healthStatus === 'string'
      ? { health: { status: healthStatus, ...(typeof message === 'string' ? { message } : {}) } }
      : {}),
  };
}
