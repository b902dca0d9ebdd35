import { compilePattern } from '../criteria/pattern.ts';
import type { Exclusion, Scope, ScopeLabel, StackroxPolicy } from '../policy/policy.ts';
import { millisecondsOf } from '../policy/time.ts';
import type { DeploymentView } from '../view/deployment.ts';
import type { ImageName } from '../view/image.ts';

type Labels = Readonly<Record<string, string>>;

/** Where a deployment runs, as far as it is known. */
export interface Surroundings {
  readonly cluster?: { readonly id?: string; readonly labels?: Labels };
  readonly namespaceLabels?: Labels;
}

type ScopeTest = (deployment: DeploymentView, around: Surroundings) => boolean | undefined;

/**
 * Whether a policy is asked about a deployment. Where a scope depends on what is not known, the policy is asked, and an
 * exclusion does not count: nothing is left out by accident.
 */
export function deploymentFilter(
  policy: StackroxPolicy,
): (deployment: DeploymentView, around: Surroundings, now: number) => boolean {
  const scopes = policy.scope.map(compileScope);
  const exclusions = policy.exclusions.flatMap((exclusion) => {
    const { deployment } = exclusion;
    if (deployment === undefined) return [];
    const named = compilePattern(deployment.name);
    const scope = deployment.scope === undefined ? () => true : compileScope(deployment.scope);
    return [{ exclusion, named, scope }];
  });
  return (deployment, around, now) => {
    if (scopes.length > 0 && !scopes.some((scope) => scope(deployment, around) ?? true)) return false;
    return !exclusions.some(
      ({ exclusion, named, scope }) =>
        !hasExpired(exclusion, now) && named(deployment.name) && (scope(deployment, around) ?? false),
    );
  };
}

/** Whether a policy is asked about an image. */
export function imageFilter(policy: StackroxPolicy): (image: ImageName, now: number) => boolean {
  return ({ fullName }, now) =>
    !policy.exclusions.some(
      (exclusion) =>
        exclusion.image !== undefined && !hasExpired(exclusion, now) && fullName.startsWith(exclusion.image.name),
    );
}

function hasExpired({ expiration }: Exclusion, now: number): boolean {
  const until = expiration === undefined ? undefined : millisecondsOf(expiration);
  return until !== undefined && until <= now;
}

/** undefined when it depends on what is not known. */
function compileScope({ cluster, namespace, label, clusterLabel, namespaceLabel }: Scope): ScopeTest {
  const inNamespace = compilePattern(namespace);
  const hasLabel = compileLabel(label);
  const hasClusterLabel = compileLabel(clusterLabel);
  const hasNamespaceLabel = compileLabel(namespaceLabel);
  return (deployment, around) => {
    const answers = [
      inNamespace(deployment.namespace),
      hasLabel(deployment.labels),
      cluster === '' ? true : around.cluster?.id === undefined ? undefined : around.cluster.id === cluster,
      hasClusterLabel(around.cluster?.labels),
      hasNamespaceLabel(around.namespaceLabels),
    ];
    if (answers.includes(false)) return false;
    return answers.includes(undefined) ? undefined : true;
  };
}

function compileLabel(label: ScopeLabel | undefined): (labels: Labels | undefined) => boolean | undefined {
  if (label === undefined) return () => true;
  const keys = compilePattern(label.key);
  const values = compilePattern(label.value);
  return (labels) =>
    labels === undefined ? undefined : Object.entries(labels).some(([key, value]) => keys(key) && values(value));
}
