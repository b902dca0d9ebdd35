import { isSekishoError, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { CommandContext } from '../command-context.ts';

export const COLLECTION = '/api/v1/applicationsets';

/** The parts of an ApplicationSet that commands show. Nothing in it is sure to be there. */
export interface ApplicationSetView {
  readonly name: string;
  readonly project: string;
  /** Types of its generators, in their order. */
  readonly generators: readonly string[];
  readonly strategy: string;
  readonly applications: readonly { readonly name: string; readonly sync: string; readonly health: string }[];
  /** Of Applications that are rolled out: step and state by name. */
  readonly rollout: ReadonlyMap<string, { readonly step: string; readonly status: string }>;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  /** What went wrong; '' when nothing did. */
  readonly fault: string;
  readonly isUpToDate: boolean;
}

export function viewOf(set: KubeObject): ApplicationSetView {
  const spec = record(set['spec']);
  const status = record(set['status']);
  const conditions = list(status['conditions']).map((one) => ({
    type: text(one['type']),
    status: text(one['status']),
    message: text(one['message']),
  }));
  const isTrue = (type: string) => conditions.find((one) => one.type === type && one.status === 'True');
  return {
    name: set.metadata.name ?? '',
    project: text(record(record(spec['template'])['spec'])['project']) || 'default',
    generators: list(spec['generators']).map((one) => Object.keys(one).find((key) => key !== 'selector') ?? ''),
    strategy: text(record(spec['strategy'])['type']) || 'AllAtOnce',
    applications: list(status['resources']).map((one) => ({
      name: text(one['name']),
      sync: text(one['status']) || 'Unknown',
      health: text(record(one['health'])['status']) || 'Unknown',
    })),
    rollout: new Map(
      list(status['applicationStatus']).map((one) => [
        text(one['application']),
        { step: text(one['step']), status: text(one['status']) },
      ]),
    ),
    conditions,
    fault: isTrue('ErrorOccurred')?.message ?? '',
    isUpToDate: isTrue('ResourcesUpToDate') !== undefined,
  };
}

export function pathOf(namespace: string, name: string): string {
  return `${COLLECTION}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** @throws SekishoError KUBE_NOT_FOUND that names the set */
export async function namingSet<T>(name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    throw new SekishoError('KUBE_NOT_FOUND', `There is no ApplicationSet ${name}.`, {
      cause: error,
      hint: 'See which there are: sekisho appset list.',
    });
  }
}

/** What a set would make. @throws SekishoError APPLICATIONSET_INVALID | APPLICATIONSET_GENERATE */
export async function generate({ connection, signal }: CommandContext, set: KubeObject): Promise<KubeObject[]> {
  const answer = await connection.api.post(`${COLLECTION}/generate`, set, signal);
  return (answer as { applications: KubeObject[] }).applications;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
