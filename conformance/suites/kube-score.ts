import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type CheckResult, type PolicyObject, type ScoreOptions, scoreObjects } from '@sekisho/policy';
import type { CaseResult, RunSuite } from '../suite.ts';

interface Config {
  readonly kubernetes_version?: string;
  readonly enabled_optional?: readonly string[];
  readonly use_ignore_annotation?: boolean;
  readonly use_enable_annotation?: boolean;
  readonly ignore_container_cpu_limit?: boolean;
  readonly ignore_container_memory_limit?: boolean;
  readonly min_replicas_deployment?: number;
  readonly min_replicas_hpa?: number;
}

interface Want {
  readonly grade_value?: number;
  readonly skipped?: boolean;
  readonly first_comment_summary?: string;
  readonly comment_count?: number;
  readonly comments_contain?: readonly { path: string; summary: string; description: string }[];
}

interface KubeScoreCase {
  readonly id: string;
  readonly files: readonly string[];
  readonly check_id: string;
  readonly config: Config;
  readonly want: Want;
}

/** kube-score's own tests: the grade that a check gives to the first object it applies to. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const index: { cases: KubeScoreCase[] } = JSON.parse(await readFile(join(casesDir, 'index.json'), 'utf8'));
  const results: CaseResult[] = [];
  for (const test of index.cases) {
    signal.throwIfAborted();
    const objects: PolicyObject[] = [];
    for (const file of test.files) objects.push(...(await readObjects(join(casesDir, 'files'), file)));
    const result = scoreObjects(objects, optionsOf(test.config))
      .flatMap((scored) => scored.results)
      .find(({ check }) => check.id === test.check_id);
    const reason = result === undefined ? 'the check applies to no object' : differenceOf(test.want, result);
    results.push({ id: test.id, passed: reason === undefined, ...(reason === undefined ? {} : { reason }) });
  }
  return results;
};

async function readObjects(folder: string, file: string): Promise<PolicyObject[]> {
  const { documents } = parseYamlDocuments(await readFile(join(folder, file), 'utf8'), {
    file,
    duplicateKeys: 'warning',
  });
  return documents.map(({ value, origin }) => ({ object: value as KubeObject, origin }));
}

function optionsOf(config: Config): ScoreOptions {
  return {
    ...(config.kubernetes_version === undefined ? {} : { kubernetesVersion: config.kubernetes_version }),
    enabledOptional: config.enabled_optional ?? [],
    useIgnoreAnnotation: config.use_ignore_annotation ?? false,
    useEnableAnnotation: config.use_enable_annotation ?? false,
    ignoreContainerCpuLimit: config.ignore_container_cpu_limit ?? false,
    ignoreContainerMemoryLimit: config.ignore_container_memory_limit ?? false,
    minReplicasDeployment: config.min_replicas_deployment ?? 0,
    minReplicasHpa: config.min_replicas_hpa ?? 0,
  };
}

function differenceOf(want: Want, { grade, skipped, comments }: CheckResult): string | undefined {
  const got = JSON.stringify({ grade, skipped, comments });
  if (want.grade_value !== undefined && want.grade_value !== grade)
    return `wanted grade ${want.grade_value}, got ${got}`;
  if (want.skipped !== undefined && want.skipped !== skipped) return `wanted skipped ${want.skipped}, got ${got}`;
  if (want.comment_count !== undefined && want.comment_count !== comments.length) {
    return `wanted ${want.comment_count} comments, got ${got}`;
  }
  if (want.first_comment_summary !== undefined && want.first_comment_summary !== comments[0]?.summary) {
    return `wanted first ${JSON.stringify(want.first_comment_summary)}, got ${got}`;
  }
  const missing = want.comments_contain?.find(
    (wanted) =>
      !comments.some(
        ({ path, summary, description }) =>
          path === wanted.path && summary === wanted.summary && description === wanted.description,
      ),
  );
  return missing === undefined ? undefined : `wanted ${JSON.stringify(missing)}, got ${got}`;
}
