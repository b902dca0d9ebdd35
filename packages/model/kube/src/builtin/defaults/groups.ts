import { isRecord } from '../../schema/schema.ts';
import { each, empty, ensure, fill, fillNumber, fillText, type Json, put, within } from './draft.ts';
import { defaultProtocol } from './pod.ts';

export function defaultIngress(ingress: Json): Json {
  const draft = fill(ingress, ingress, 'spec', empty);
  return ensure(ingress, draft, 'status', (status) => fill(status, status, 'loadBalancer', empty));
}

export function defaultIngressClass(ingressClass: Json): Json {
  return ensure(ingressClass, ingressClass, 'spec', (spec) =>
    within(spec, spec, 'parameters', (parameters) => fill(parameters, parameters, 'scope', 'Cluster')),
  );
}

export function defaultNetworkPolicy(policy: Json): Json {
  return ensure(policy, policy, 'spec', (spec) => {
    const ports = (rule: Json): Json =>
      each(rule, rule, 'ports', (port) => (port['protocol'] === undefined ? defaultProtocol(port) : port));
    let draft = fill(spec, spec, 'podSelector', empty);
    draft = each(spec, draft, 'ingress', ports);
    draft = each(spec, draft, 'egress', ports);
    const types = draft['policyTypes'];
    if (Array.isArray(types) && types.length > 0) return draft;
    const egress = draft['egress'];
    return put(
      spec,
      draft,
      'policyTypes',
      Array.isArray(egress) && egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'],
    );
  });
}

export function defaultAutoscalerV1(autoscaler: Json): Json {
  // Metrics besides the processor's travel in an annotation of this version.
  const metadata = autoscaler['metadata'];
  const annotations = isRecord(metadata) ? metadata['annotations'] : undefined;
  const others = isRecord(annotations) && annotations['autoscaling.alpha.kubernetes.io/metrics'] !== undefined;
  const draft = ensure(autoscaler, autoscaler, 'spec', (spec) => {
    const next = fill(spec, spec, 'minReplicas', 1);
    return others ? next : fill(spec, next, 'targetCPUUtilizationPercentage', 80);
  });
  return ensure(autoscaler, draft, 'status', (status) => {
    const next = fill(status, status, 'currentReplicas', 0);
    return fill(status, next, 'desiredReplicas', 0);
  });
}

export function defaultAutoscalerV2(autoscaler: Json): Json {
  const draft = ensure(autoscaler, autoscaler, 'spec', (spec) => {
    let next = fill(spec, spec, 'minReplicas', 1);
    const metrics = next['metrics'];
    if (!Array.isArray(metrics) || metrics.length === 0) {
      const target = { type: 'Utilization', averageUtilization: 80 };
      next = put(spec, next, 'metrics', [{ type: 'Resource', resource: { name: 'cpu', target } }]);
    }
    return within(spec, next, 'behavior', (behavior) => {
      const up = ensure(behavior, behavior, 'scaleUp', (rules) => {
        const filled = fill(rules, rules, 'stabilizationWindowSeconds', 0);
        return defaultScalingRules(rules, filled, [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ]);
      });
      return ensure(behavior, up, 'scaleDown', (rules) =>
        defaultScalingRules(rules, rules, [{ type: 'Percent', value: 100, periodSeconds: 15 }]),
      );
    });
  });
  return ensure(autoscaler, draft, 'status', (status) => fill(status, status, 'desiredReplicas', 0));
}

function defaultScalingRules(rules: Json, current: Json, policies: readonly Json[]): Json {
  let draft = fill(rules, current, 'selectPolicy', 'Max');
  draft = fill(rules, draft, 'policies', policies);
  return draft;
}

export function defaultDisruptionBudget(budget: Json): Json {
  const draft = fill(budget, budget, 'spec', empty);
  return ensure(budget, draft, 'status', (status) => {
    let next = fill(status, status, 'disruptionsAllowed', 0);
    next = fill(status, next, 'currentHealthy', 0);
    next = fill(status, next, 'desiredHealthy', 0);
    return fill(status, next, 'expectedPods', 0);
  });
}

const rbacGroup = 'rbac.authorization.k8s.io';

export function defaultRoleBinding(binding: Json): Json {
  const draft = within(binding, binding, 'roleRef', (ref) => fillText(ref, ref, 'apiGroup', rbacGroup));
  return each(binding, draft, 'subjects', (subject) =>
    subject['kind'] === 'User' || subject['kind'] === 'Group'
      ? fillText(subject, subject, 'apiGroup', rbacGroup)
      : subject,
  );
}

export function defaultStorageClass(storageClass: Json): Json {
  const draft = fill(storageClass, storageClass, 'reclaimPolicy', 'Delete');
  return fill(storageClass, draft, 'volumeBindingMode', 'Immediate');
}

export function defaultCsiDriver(driver: Json): Json {
  return ensure(driver, driver, 'spec', (spec) => {
    let draft = fill(spec, spec, 'attachRequired', true);
    draft = fill(spec, draft, 'podInfoOnMount', false);
    draft = fill(spec, draft, 'storageCapacity', false);
    draft = fill(spec, draft, 'fsGroupPolicy', 'ReadWriteOnceWithFSType');
    draft = fill(spec, draft, 'requiresRepublish', false);
    draft = fill(spec, draft, 'seLinuxMount', false);
    return fill(spec, draft, 'volumeLifecycleModes', ['Persistent']);
  });
}

export function defaultPriorityClass(priorityClass: Json): Json {
  return fill(priorityClass, priorityClass, 'preemptionPolicy', 'PreemptLowerPriority');
}

export function defaultValidatingWebhooks(configuration: Json): Json {
  return each(configuration, configuration, 'webhooks', (hook) => defaultWebhook(hook, hook));
}

export function defaultMutatingWebhooks(configuration: Json): Json {
  return each(configuration, configuration, 'webhooks', (hook) =>
    defaultWebhook(hook, fill(hook, hook, 'reinvocationPolicy', 'Never')),
  );
}

function defaultWebhook(hook: Json, current: Json): Json {
  let draft = fill(hook, current, 'failurePolicy', 'Fail');
  draft = fill(hook, draft, 'timeoutSeconds', 10);
  draft = defaultMatching(hook, draft);
  draft = each(hook, draft, 'rules', defaultScope);
  return ensure(hook, draft, 'clientConfig', defaultServicePort);
}

function defaultMatching(original: Json, current: Json): Json {
  let draft = fill(original, current, 'matchPolicy', 'Equivalent');
  draft = fill(original, draft, 'namespaceSelector', empty);
  return fill(original, draft, 'objectSelector', empty);
}

function defaultScope(rule: Json): Json {
  return fill(rule, rule, 'scope', '*');
}

function defaultServicePort(config: Json): Json {
  return within(config, config, 'service', (service) => fill(service, service, 'port', 443));
}

function defaultMatchResources(resources: Json): Json {
  let draft = defaultMatching(resources, resources);
  draft = each(resources, draft, 'resourceRules', defaultScope);
  return each(resources, draft, 'excludeResourceRules', defaultScope);
}

export function defaultAdmissionPolicy(policy: Json): Json {
  return fill(policy, defaultMutatingPolicy(policy), 'status', empty);
}

export function defaultMutatingPolicy(policy: Json): Json {
  return ensure(policy, policy, 'spec', (spec) => {
    const next = fill(spec, spec, 'failurePolicy', 'Fail');
    return within(spec, next, 'matchConstraints', defaultMatchResources);
  });
}

export function defaultAdmissionPolicyBinding(binding: Json): Json {
  return ensure(binding, binding, 'spec', (spec) => {
    const next = within(spec, spec, 'matchResources', defaultMatchResources);
    return within(spec, next, 'paramRef', (ref) => fill(ref, ref, 'parameterNotFoundAction', 'Deny'));
  });
}

export function defaultFlowSchema(schema: Json): Json {
  const draft = ensure(schema, schema, 'spec', (spec) => fillNumber(spec, spec, 'matchingPrecedence', 1000));
  return fill(schema, draft, 'status', empty);
}

export function defaultPriorityLevel(level: Json): Json {
  const draft = ensure(level, level, 'spec', (spec) => {
    if (spec['type'] === 'Exempt') {
      return ensure(spec, spec, 'exempt', (exempt) => {
        const next = fill(exempt, exempt, 'nominalConcurrencyShares', 0);
        return fill(exempt, next, 'lendablePercent', 0);
      });
    }
    return within(spec, spec, 'limited', (limited) => {
      let next = fill(limited, limited, 'nominalConcurrencyShares', 30);
      next = fill(limited, next, 'lendablePercent', 0);
      return within(limited, next, 'limitResponse', (response) =>
        within(response, response, 'queuing', (queuing) => {
          let queued = fillNumber(queuing, queuing, 'handSize', 8);
          queued = fillNumber(queuing, queued, 'queues', 64);
          return fillNumber(queuing, queued, 'queueLengthLimit', 50);
        }),
      );
    });
  });
  return fill(level, draft, 'status', empty);
}

export function defaultResourceClaim(claim: Json): Json {
  const draft = ensure(claim, claim, 'spec', defaultResourceClaimSpec);
  return fill(claim, draft, 'status', empty);
}

export function defaultResourceClaimTemplate(template: Json): Json {
  return within(template, template, 'spec', (spec) => {
    const next = fill(spec, spec, 'metadata', empty);
    return within(spec, next, 'spec', defaultResourceClaimSpec);
  });
}

function defaultResourceClaimSpec(spec: Json): Json {
  return within(spec, spec, 'devices', (devices) =>
    each(devices, devices, 'requests', (request) => {
      const next = within(request, request, 'exactly', defaultDeviceRequest);
      return each(request, next, 'firstAvailable', defaultDeviceRequest);
    }),
  );
}

function defaultDeviceRequest(request: Json): Json {
  let draft = fillText(request, request, 'allocationMode', 'ExactCount');
  if (draft['allocationMode'] === 'ExactCount') draft = fillNumber(request, draft, 'count', 1);
  return each(request, draft, 'tolerations', (toleration) => fillText(toleration, toleration, 'operator', 'Equal'));
}

export function defaultCustomResourceDefinition(definition: Json): Json {
  return within(definition, definition, 'spec', (spec) => {
    const draft = within(spec, spec, 'names', (names) => {
      const kind = names['kind'];
      if (typeof kind !== 'string' || kind === '') return names;
      const next = fillText(names, names, 'listKind', `${kind}List`);
      return fillText(names, next, 'singular', kind.toLowerCase());
    });
    return ensure(spec, draft, 'conversion', (conversion) => {
      const next = fillText(conversion, conversion, 'strategy', 'None');
      return within(conversion, next, 'webhook', (webhook) =>
        within(webhook, webhook, 'clientConfig', defaultServicePort),
      );
    });
  });
}

export function defaultApiService(service: Json): Json {
  const draft = within(service, service, 'spec', (spec) => {
    const next = defaultServicePort(spec);
    return fill(spec, fill(spec, next, 'groupPriorityMinimum', 0), 'versionPriority', 0);
  });
  return fill(service, draft, 'status', empty);
}

export function defaultTokenRequest(request: Json): Json {
  return ensure(request, request, 'spec', (spec) => fill(spec, spec, 'expirationSeconds', 60 * 60));
}

export function defaultLease(lease: Json): Json {
  return fill(lease, lease, 'spec', empty);
}

export function defaultStatus(object: Json): Json {
  return isRecord(object['status']) ? object : { ...object, status: empty };
}
