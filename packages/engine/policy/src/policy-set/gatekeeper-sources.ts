import { pathsOfFindings } from '@sekisho/conftest';
import { type EvaluateOptions, type FindingSource, findingSources, type PlainObject } from '@sekisho/rego';
import { formatField } from '../field-path.ts';
import type { Constraint } from '../gatekeeper/constraint.ts';
import type { Violation } from '../gatekeeper/review.ts';
import { celViolationPaths } from '../gatekeeper/template-cel.ts';
import type { Subject } from './subject.ts';
import type { GateContext } from './types.ts';
import { DEFAULT_LIMITS } from './unit.ts';

/** Where violations of a template in Rego come from: `paths` are of the object. Undefined for other templates. */
export function violationSources(
  { template, parameters }: Constraint,
  violations: readonly Violation[],
  subject: Subject,
  context: GateContext,
): readonly FindingSource[] | undefined {
  const { code } = template;
  if (code.engine !== 'Rego' || violations.some(({ member }) => member === undefined)) return undefined;
  const { surroundings, limits = DEFAULT_LIMITS, signal } = context;
  const evaluation: EvaluateOptions = {
    input: { review: subject.templateReview as PlainObject, parameters },
    data: { inventory: surroundings.inventory },
    limits,
    ...(signal === undefined ? {} : { signal }),
  };
  const files = [code.rego.source, ...code.rego.libs];
  const rule = { packagePath: code.packagePath, name: 'violation' };
  const members = violations.map(({ member }) => member);
  return findingSources(code.policy, rule, members, { files, evaluation }).map(({ paths, ...rest }) => ({
    ...rest,
    paths: paths.filter(([review, object]) => review === 'review' && object === 'object').map((path) => path.slice(2)),
  }));
}

/** For each violation the field that it is about; undefined where that can't be told. */
export function violationFields(
  constraint: Constraint,
  violations: readonly Violation[],
  subject: Subject,
  context: GateContext,
): readonly (string | undefined)[] {
  const { code } = constraint.template;
  if (code.engine !== 'Rego') {
    return violations.map(({ validation }) => {
      if (validation === undefined) return undefined;
      const [path] = celViolationPaths(code.cel, constraint.celValue ?? null, subject.review, validation);
      return path === undefined || path.length === 0 ? undefined : formatField(subject.object, path);
    });
  }
  const sources = violationSources(constraint, violations, subject, context) ?? [];
  return pathsOfFindings(sources.map(({ paths }) => paths)).map((path) =>
    path === undefined || path.length === 0 ? undefined : formatField(subject.object, path),
  );
}
