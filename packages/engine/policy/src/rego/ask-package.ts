import { messageOf, SekishoError } from '@sekisho/base';
import {
  countExceptions,
  exceptionNameOf,
  type Finding,
  type InputPath,
  pathsOfFindings,
  readFinding,
  ruleKindOf,
} from '@sekisho/conftest';
import { type EvaluateOptions, findingPaths, RegoEvaluationError, toJson, type Value } from '@sekisho/rego';
import type { RegoBundle, RegoPackage } from './bundle.ts';

/** What a rule found. */
export interface RegoFinding {
  readonly rule: string;
  readonly kind: 'failure' | 'warning';
  readonly message: string;
  /** Whatever else the rule's object had. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** JSON that the rule gave. */
  readonly member: unknown;
  /** The node of the input that it is about, when that was asked for and can be told. */
  readonly path?: InputPath;
}

/**
 * Asks a package as Conftest does: members of `deny`, `violation` and `warn` are findings, except for rules that an
 * `exception` names.
 *
 * @returns the findings, or why there is no answer
 */
export function askPackage(
  { policy, files }: RegoBundle,
  one: RegoPackage,
  evaluation: EvaluateOptions,
  withPaths: boolean,
): readonly RegoFinding[] | { readonly error: string } {
  try {
    const values = valuesOf(one, evaluation);
    const findings: RegoFinding[] = [];
    for (const rule of one.rules) {
      const kind = ruleKindOf(rule);
      const members = values[rule]?.[0];
      if (kind === undefined || !Array.isArray(members) || members.length === 0) continue;
      if (countExceptions(values['exception']?.[0], exceptionNameOf(rule)) > 0) continue;
      const paths = withPaths
        ? pathsOfFindings(findingPaths(policy, { packagePath: one.path, name: rule }, members, { files, evaluation }))
        : [];
      members.forEach((member: unknown, index) => {
        const finding = readFinding(member, `data.${one.name}.${rule}`);
        if (finding !== undefined) findings.push({ member, ...findingOf(rule, kind, finding, paths[index]) });
      });
    }
    return findings;
  } catch (error) {
    evaluation.signal?.throwIfAborted();
    if (error instanceof RegoEvaluationError) {
      const { location } = error;
      const place = location === undefined ? '' : `${location.file}:${location.row}: `;
      return { error: `${place}${error.message} (${error.code})` };
    }
    if (error instanceof SekishoError) return { error: messageOf(error) };
    throw error;
  }
}

function valuesOf(one: RegoPackage, evaluation: EvaluateOptions): Readonly<Record<string, readonly unknown[]>> {
  const values = one.query.evaluate(evaluation)[0]?.bindings['values'];
  return values === undefined ? {} : (JSON.parse(toJson(values as Value)) as Record<string, unknown[]>);
}

function findingOf(
  rule: string,
  kind: RegoFinding['kind'],
  { message, metadata }: Finding,
  path: InputPath | undefined,
): Omit<RegoFinding, 'member'> {
  const { query: _, ...rest } = metadata ?? {};
  return { rule, kind, message, metadata: rest, ...(path === undefined || path.length === 0 ? {} : { path }) };
}
