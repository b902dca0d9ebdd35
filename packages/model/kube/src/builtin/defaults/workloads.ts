import { isRecord } from '../../schema/schema.ts';
import { each, empty, ensure, fill, fillText, type Json, put, within } from './draft.ts';
import { defaultClaimSpec, defaultPodTemplate } from './pod.ts';

export function defaultDeployment(deployment: Json): Json {
  const draft = ensure(deployment, deployment, 'spec', (spec) => {
    let next = ensure(spec, spec, 'template', defaultPodTemplate);
    next = fill(spec, next, 'replicas', 1);
    next = ensure(spec, next, 'strategy', (strategy) => {
      const typed = fillText(strategy, strategy, 'type', 'RollingUpdate');
      if (typed['type'] !== 'RollingUpdate') return typed;
      return ensure(strategy, typed, 'rollingUpdate', (rolling) => {
        const limited = fill(rolling, rolling, 'maxUnavailable', '25%');
        return fill(rolling, limited, 'maxSurge', '25%');
      });
    });
    next = fill(spec, next, 'revisionHistoryLimit', 10);
    return fill(spec, next, 'progressDeadlineSeconds', 600);
  });
  return fill(deployment, draft, 'status', empty);
}

export function defaultReplicaSet(set: Json): Json {
  const draft = ensure(set, set, 'spec', (spec) => {
    const next = ensure(spec, spec, 'template', defaultPodTemplate);
    return fill(spec, next, 'replicas', 1);
  });
  return ensure(set, draft, 'status', (status) => fill(status, status, 'replicas', 0));
}

export function defaultDaemonSet(set: Json): Json {
  const draft = ensure(set, set, 'spec', (spec) => {
    let next = ensure(spec, spec, 'template', defaultPodTemplate);
    next = ensure(spec, next, 'updateStrategy', (strategy) => {
      const typed = fillText(strategy, strategy, 'type', 'RollingUpdate');
      if (typed['type'] !== 'RollingUpdate') return typed;
      return ensure(strategy, typed, 'rollingUpdate', (rolling) => {
        const limited = fill(rolling, rolling, 'maxUnavailable', 1);
        return fill(rolling, limited, 'maxSurge', 0);
      });
    });
    return fill(spec, next, 'revisionHistoryLimit', 10);
  });
  return ensure(set, draft, 'status', (status) => {
    let next = fill(status, status, 'currentNumberScheduled', 0);
    next = fill(status, next, 'numberMisscheduled', 0);
    next = fill(status, next, 'desiredNumberScheduled', 0);
    return fill(status, next, 'numberReady', 0);
  });
}

export function defaultStatefulSet(set: Json): Json {
  const draft = ensure(set, set, 'spec', (spec) => {
    let next = ensure(spec, spec, 'template', defaultPodTemplate);
    next = fill(spec, next, 'serviceName', '');
    next = fillText(spec, next, 'podManagementPolicy', 'OrderedReady');
    next = ensure(spec, next, 'updateStrategy', (strategy) => {
      const typed = fillText(strategy, strategy, 'type', 'RollingUpdate');
      if (typed['type'] !== 'RollingUpdate') return typed;
      return ensure(strategy, typed, 'rollingUpdate', (rolling) => {
        const limited = fill(rolling, rolling, 'partition', 0);
        return fill(rolling, limited, 'maxUnavailable', 1);
      });
    });
    next = ensure(spec, next, 'persistentVolumeClaimRetentionPolicy', (policy) => {
      const kept = fillText(policy, policy, 'whenDeleted', 'Retain');
      return fillText(policy, kept, 'whenScaled', 'Retain');
    });
    next = fill(spec, next, 'replicas', 1);
    next = fill(spec, next, 'revisionHistoryLimit', 10);
    return each(spec, next, 'volumeClaimTemplates', (claim) => {
      let kept = fill(claim, claim, 'apiVersion', 'v1');
      kept = fill(claim, kept, 'kind', 'PersistentVolumeClaim');
      return defaultClaim(claim, kept);
    });
  });
  return ensure(set, draft, 'status', (status) => {
    const next = fill(status, status, 'replicas', 0);
    return fill(status, next, 'availableReplicas', 0);
  });
}

export function defaultClaim(claim: Json, current: Json = claim): Json {
  let draft = fill(claim, current, 'metadata', empty);
  draft = ensure(claim, draft, 'spec', (spec) => defaultDataSource(spec, defaultClaimSpec(spec)));
  return ensure(claim, draft, 'status', (status) => fillText(status, status, 'phase', 'Pending'));
}

/** What a claim is filled from is said in two fields, an old and a new one, that are kept equal. */
function defaultDataSource(spec: Json, draft: Json): Json {
  const source = draft['dataSource'];
  const reference = draft['dataSourceRef'];
  if (isRecord(source) && !isRecord(reference)) return put(spec, draft, 'dataSourceRef', source);
  // Sources in another namespace have no old form.
  if (isRecord(reference) && !isRecord(source) && !reference['namespace']) {
    return put(spec, draft, 'dataSource', reference);
  }
  return draft;
}

const maxInt32 = 2 ** 31 - 1;

export function defaultJob(job: Json): Json {
  let draft = ensure(job, job, 'spec', (spec) => {
    let next = ensure(spec, spec, 'template', defaultPodTemplate);
    // Without either number a job runs one pod; with parallelism alone it is a work queue that needs no count.
    if (missing(next['completions']) && missing(next['parallelism'])) next = put(spec, next, 'completions', 1);
    next = fill(spec, next, 'parallelism', 1);
    next = fill(spec, next, 'backoffLimit', missing(next['backoffLimitPerIndex']) ? 6 : maxInt32);
    next = fill(spec, next, 'completionMode', 'NonIndexed');
    next = fill(spec, next, 'suspend', false);
    next = fill(spec, next, 'manualSelector', false);
    next = fill(
      spec,
      next,
      'podReplacementPolicy',
      missing(next['podFailurePolicy']) ? 'TerminatingOrFailed' : 'Failed',
    );
    return defaultPodFailurePolicy(spec, next);
  });
  draft = labelsOfTemplate(job, draft);
  return fill(job, draft, 'status', empty);
}

export function defaultCronJob(job: Json): Json {
  const draft = ensure(job, job, 'spec', (spec) => {
    let next = fillText(spec, spec, 'concurrencyPolicy', 'Allow');
    next = fill(spec, next, 'suspend', false);
    next = fill(spec, next, 'successfulJobsHistoryLimit', 3);
    next = fill(spec, next, 'failedJobsHistoryLimit', 1);
    return ensure(spec, next, 'jobTemplate', (template) => {
      const described = fill(template, template, 'metadata', empty);
      return ensure(template, described, 'spec', (jobSpec) => {
        const filled = ensure(jobSpec, jobSpec, 'template', defaultPodTemplate);
        return defaultPodFailurePolicy(jobSpec, filled);
      });
    });
  });
  return fill(job, draft, 'status', empty);
}

function defaultPodFailurePolicy(spec: Json, draft: Json): Json {
  return within(spec, draft, 'podFailurePolicy', (policy) =>
    each(policy, policy, 'rules', (rule) =>
      each(rule, rule, 'onPodConditions', (pattern) => fillText(pattern, pattern, 'status', 'True')),
    ),
  );
}

export function defaultReplicationController(controller: Json): Json {
  let draft = ensure(controller, controller, 'spec', (spec) => {
    let next = within(spec, spec, 'template', defaultPodTemplate);
    next = fill(spec, next, 'replicas', 1);
    const labels = templateLabels(next);
    return labels !== undefined && isEmptyMap(next['selector']) ? put(spec, next, 'selector', labels) : next;
  });
  draft = labelsOfTemplate(controller, draft);
  return ensure(controller, draft, 'status', (status) => fill(status, status, 'replicas', 0));
}

export function defaultPodTemplateObject(object: Json): Json {
  return ensure(object, object, 'template', defaultPodTemplate);
}

/** Jobs and replication controllers without labels take those of their pods. */
function labelsOfTemplate(original: Json, draft: Json): Json {
  const labels = isRecord(draft['spec']) ? templateLabels(draft['spec']) : undefined;
  if (labels === undefined) return draft;
  return ensure(original, draft, 'metadata', (metadata) =>
    isEmptyMap(metadata['labels']) ? put(metadata, metadata, 'labels', labels) : metadata,
  );
}

function templateLabels(spec: Json): Json | undefined {
  const template = spec['template'];
  const metadata = isRecord(template) ? template['metadata'] : undefined;
  const labels = isRecord(metadata) ? metadata['labels'] : undefined;
  return isRecord(labels) && !isEmptyMap(labels) ? labels : undefined;
}

function isEmptyMap(value: unknown): boolean {
  return !isRecord(value) || Object.keys(value).length === 0;
}

function missing(value: unknown): boolean {
  return value === undefined || value === null;
}
