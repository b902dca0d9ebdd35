import { readFile } from 'node:fs/promises';
import { parseYamlDocuments } from '@sekisho/base';
import { applyMergePatch, type KubeObject } from '@sekisho/kube';
import {
  type DeploySubject,
  evaluateBuild,
  evaluateDeploy,
  type StackroxPolicy,
  type StackroxVerdict,
} from '@sekisho/policy';

/** What is laid over the base of the table (RFC 7386). */
type Overlay = Readonly<Record<string, unknown>>;

export interface StackroxCases {
  readonly base: Overlay;
  /** By the name of the policy's file. */
  readonly cases: Readonly<Record<string, { readonly bad: Overlay; readonly good: Overlay }>>;
}

interface Example extends Pick<DeploySubject, 'services' | 'networkPolicies' | 'permissionLevel'> {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly pod: object;
  readonly container: { readonly image: string };
  readonly image: NonNullable<DeploySubject['images']>[string];
}

const now = Date.UTC(2026, 5, 15);

export async function readStackroxCases(): Promise<StackroxCases> {
  const file = new URL('../stackrox/cases.yaml', import.meta.url);
  const { documents } = parseYamlDocuments(await readFile(file, 'utf8'), { file: 'cases.yaml' });
  return documents[0]?.value as StackroxCases;
}

/** What a policy for BUILD or DEPLOY says of its two examples is not what the table wants; undefined when it is. */
export function exampleFault(policy: StackroxPolicy, id: string, { base, cases }: StackroxCases): string | undefined {
  const stages = policy.lifecycleStages.filter((stage) => stage !== 'RUNTIME');
  if (stages.length === 0) return undefined;
  const examples = Object.hasOwn(cases, id) ? cases[id] : undefined;
  if (examples === undefined) return 'the table has no examples';
  for (const stage of stages) {
    const bad = ask(policy, stage, applyMergePatch(base, examples.bad) as unknown as Example);
    if (!bad.some(({ details }) => details.outcome === 'violated')) return `${stage}: nothing is said of the bad one`;
    const good = ask(policy, stage, applyMergePatch(base, examples.good) as unknown as Example);
    if (good.length > 0)
      return `${stage}: of the good one it is said: ${good.map(({ message }) => message).join('; ')}`;
  }
  return undefined;
}

function ask(policy: StackroxPolicy, stage: 'BUILD' | 'DEPLOY', example: Example): readonly StackroxVerdict[] {
  const { metadata, pod, container, image, services, networkPolicies, permissionLevel } = example;
  const options = { now, includeDisabled: true };
  if (stage === 'BUILD') return evaluateBuild([policy], { reference: container.image, metadata: image }, options);
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { template: { metadata: { labels: { app: 'web' } }, spec: { ...pod, containers: [container] } } },
  };
  return evaluateDeploy(
    [policy],
    {
      object,
      images: { [container.image]: image },
      ...(services && { services }),
      ...(networkPolicies && { networkPolicies }),
      ...(permissionLevel && { permissionLevel }),
    },
    options,
  );
}
