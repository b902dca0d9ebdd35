import { pathsOfFindings } from '@sekisho/conftest';
import {
  type EvaluateOptions,
  type FindingSource,
  findingSources,
  type InputPath,
  type PlainObject,
} from '@sekisho/rego';
import { formatField } from '../field-path.ts';
import type { Constraint } from '../gatekeeper/constraint.ts';
import { at } from '../gatekeeper/document.ts';
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
      const [path] = celViolationPaths(code.cel, constraint.celValue ?? null, subject.askedReview.celInput, validation);
      return path === undefined || path.length === 0 ? undefined : formatField(subject.object, path);
    });
  }
  const sources = violationSources(constraint, violations, subject, context) ?? [];
  const paths = pathsOfFindings(sources.map((source) => source.paths));
  const fields = paths.map((path) => (path === undefined ? '' : formatField(subject.object, path)));
  return fields.map((field, index) => {
    const isShared = fields.some(
      (other, i) => other === field && violations[i]?.message !== violations[index]?.message,
    );
    const own = isShared ? ownField(paths[index] ?? [], violations[index]?.message ?? '', subject.object) : field;
    return own === '' ? undefined : own;
  });
}

/**
 * Of violations that read the same fields, like those of all containers, the message tells which item each is about. If it
 * doesn't, they are about the list.
 */
function ownField(path: InputPath, message: string, object: unknown): string {
  const item = path.findIndex((key) => typeof key === 'number');
  if (item < 0) return formatField(object, path);
  const list = path.slice(0, item);
  const items = at(object, ...list);
  const words = new Set(message.split(/[^A-Za-z0-9._/-]+/));
  const named = (Array.isArray(items) ? items : []).findIndex((one: unknown) => {
    const name = at(one, 'name');
    return typeof name === 'string' && name !== '' && words.has(name);
  });
  if (named < 0) return formatField(object, list);
  const rest = path.slice(item + 1);
  // Its name is what the message is made of, not what is wrong with it.
  const isOnlyName = rest.length === 1 && rest[0] === 'name';
  return formatField(object, [...list, named, ...(isOnlyName ? [] : rest)]);
}
