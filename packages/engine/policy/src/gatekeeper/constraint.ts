import type { Diagnostic, Origin } from '@sekisho/base';
import type { CelValue } from '@sekisho/cel';
import { applySchemaDefaults, type KubeObject, validateObject } from '@sekisho/kube';
import type { PlainObject } from '@sekisho/rego';
import { at, faultList, isRecord, kindOf, nameOf, type PolicyDocument } from './document.ts';
import { type Enforcement, readEnforcement } from './enforcement.ts';
import type { Matcher, parseMatch } from './match.ts';
import type { ConstraintTemplate } from './template.ts';
import { CEL_ENGINE, celConstraint } from './template-cel.ts';

/** A template put to use: with parameters, for the objects that it matches. */
export interface Constraint {
  readonly kind: string;
  readonly name: string;
  readonly object: KubeObject;
  readonly origin: Origin | undefined;
  readonly template: ConstraintTemplate;
  readonly enforcement: Enforcement;
  readonly matches: Matcher;
  /** With the defaults of the template's schema. */
  readonly parameters: PlainObject;
  /** As a template in CEL sees it; undefined for one in Rego. */
  readonly celValue: CelValue | undefined;
}

/**
 * Reads a constraint; all faults are noted. Codes: GATEKEEPER_CONSTRAINT_INVALID, GATEKEEPER_TEMPLATE_MISSING.
 *
 * @param readMatch  reads `spec.match`
 */
export function readConstraint(
  document: PolicyDocument,
  templates: ReadonlyMap<string, ConstraintTemplate>,
  diagnostics: Diagnostic[],
  readMatch: typeof parseMatch,
): Constraint | undefined {
  const { object, origin } = document;
  const faults = faultList(document, 'GATEKEEPER_CONSTRAINT_INVALID', diagnostics);
  if (nameOf(object) === '') faults.add(['metadata', 'name'], 'is required');
  const enforcement = readEnforcement(object['spec'], faults);
  const { matches, faults: matchFaults } = readMatch(at(object, 'spec', 'match'));
  for (const { path, message } of matchFaults) faults.add(['spec', 'match', ...path], message);
  const kind = kindOf(object);
  const template = templates.get(kind);
  if (template === undefined) {
    faults.add(['kind'], `there is no ConstraintTemplate for ${kind} that works`, {
      code: 'GATEKEEPER_TEMPLATE_MISSING',
      hint: `Add the ConstraintTemplate ${kind.toLowerCase()}, or correct it.`,
    });
    return undefined;
  }
  const parameters = readParameters(at(object, 'spec', 'parameters'), template, (path, message) =>
    faults.add(path, message),
  );
  if (faults.count > 0) return undefined;
  const celValue = template.code.engine === CEL_ENGINE ? celConstraint(object, parameters) : undefined;
  return { kind, name: nameOf(object), object, origin, template, enforcement, matches, parameters, celValue };
}

/** Defaults are for parameters that are there, as the API server applies them: none at all stay none. */
function readParameters(
  written: unknown,
  { parameters: schema }: ConstraintTemplate,
  fault: (path: (string | number)[], message: string) => void,
): PlainObject {
  const path = ['spec', 'parameters'];
  if (written === undefined || written === null) return {};
  if (!isRecord(written)) {
    fault(path, 'must be an object');
    return {};
  }
  if (schema === undefined) return written as PlainObject;
  const parameters = applySchemaDefaults(schema, written);
  for (const error of validateObject(schema, parameters, { path: 'spec.parameters' })) {
    fault(fieldPath(error.path), error.message);
  }
  return parameters as PlainObject;
}

/** `spec.parameters.labels[0].key` as a path. */
function fieldPath(text: string): (string | number)[] {
  return [...text.matchAll(/\[(\d+)\]|\[([^\]]+)\]|([^.[]+)/g)].map(([, index, key, name]) =>
    index === undefined ? (key ?? name ?? '') : Number(index),
  );
}
