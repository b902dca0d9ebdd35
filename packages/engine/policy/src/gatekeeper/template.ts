import type { Diagnostic, Origin } from '@sekisho/base';
import { parseCrdSchema, type Schema } from '@sekisho/kube';
import { type Builtin, compilePolicy, type Policy, type Query } from '@sekisho/rego';
import {
  at,
  type FaultList,
  faultList,
  isTexts,
  nameOf,
  originInText,
  originOf,
  type PolicyDocument,
} from './document.ts';
import { CEL_ENGINE, readTemplateCel, type TemplateCel } from './template-cel.ts';
import {
  checkTemplateRego,
  issueOf,
  type RegoIssue,
  readCode,
  type TemplateModule,
  type TemplateRego,
} from './template-rego.ts';

/** The target that admission and audit ask. */
export const TARGET = 'admission.k8s.gatekeeper.sh';

/** A kind of constraint, ready to be asked. */
export interface ConstraintTemplate {
  readonly name: string;
  /** Of the constraints. */
  readonly kind: string;
  readonly origin: Origin | undefined;
  /** Of `spec.parameters`; undefined when anything goes. */
  readonly parameters: Schema | undefined;
  /** Operations that it is asked for; empty: all. */
  readonly operations: readonly string[];
  readonly code: TemplateCode;
}

/** What a template says, in the one engine that is asked. */
export type TemplateCode = RegoCode | CelCode;

export interface RegoCode {
  readonly engine: 'Rego';
  readonly rego: TemplateRego;
  readonly policy: Policy;
  /** Of the rule `violation`. */
  readonly packagePath: readonly string[];
  /** Text of {@link violations}. */
  readonly query: string;
  /** Binds `violation` to each violation of `input.review` against `input.parameters`, with `data.inventory`. */
  readonly violations: Query;
}

export interface CelCode {
  readonly engine: typeof CEL_ENGINE;
  readonly cel: TemplateCel;
}

export interface TemplateOptions {
  /** Built-ins besides those of Rego. */
  readonly builtins?: readonly Builtin[];
  /** Where a template has it. Default: CEL, then Rego. */
  readonly engine?: TemplateCode['engine'] | undefined;
}

/** Versions in which a schema need not be structural unless it says so. */
const LEGACY_VERSIONS = ['templates.gatekeeper.sh/v1beta1', 'templates.gatekeeper.sh/v1alpha1'];

/**
 * Compiles a ConstraintTemplate; all faults are noted. Codes: GATEKEEPER_TEMPLATE_INVALID, GATEKEEPER_TEMPLATE_REGO,
 * GATEKEEPER_TEMPLATE_CEL, GATEKEEPER_ENGINE_UNSUPPORTED.
 */
export function compileTemplate(
  document: PolicyDocument,
  diagnostics: Diagnostic[],
  options: TemplateOptions = {},
): ConstraintTemplate | undefined {
  const { object } = document;
  const faults = faultList(document, 'GATEKEEPER_TEMPLATE_INVALID', diagnostics);
  const kind = readKind(document, faults);
  const target = readTarget(document, faults);
  const parameters = readSchema(document, faults);
  const compiled = target === undefined ? undefined : compileTarget(document, target, faults, options);
  if (faults.count > 0 || kind === undefined || compiled === undefined) return undefined;
  const operations = at(target, 'operations');
  return {
    name: nameOf(object),
    kind,
    origin: document.origin,
    parameters,
    operations: isTexts(operations) ? operations : [],
    code: compiled,
  };
}

function readKind({ object }: PolicyDocument, faults: FaultList): string | undefined {
  const path = ['spec', 'crd', 'spec', 'names', 'kind'];
  const kind = at(object, ...path);
  if (typeof kind !== 'string' || kind === '') {
    faults.add(path, 'is required: the kind of the constraints');
    return undefined;
  }
  if (nameOf(object) !== kind.toLowerCase()) {
    faults.add(['metadata', 'name'], `must be ${kind.toLowerCase()}, the kind ${kind} in lower case`);
  }
  return kind;
}

function readTarget({ object }: PolicyDocument, faults: FaultList): unknown {
  const targets = at(object, 'spec', 'targets');
  if (!Array.isArray(targets) || targets.length !== 1) {
    faults.add(['spec', 'targets'], `must have exactly one entry, with target ${TARGET}`);
    return undefined;
  }
  const name = at(targets[0], 'target');
  if (name !== TARGET) {
    faults.add(['spec', 'targets', 0, 'target'], `must be ${TARGET}, not ${JSON.stringify(name ?? null)}`);
    return undefined;
  }
  return targets[0] as unknown;
}

/** The schema is the one of `spec.parameters`: as such it is read, for at the root of a kind other rules hold. */
function readSchema({ object }: PolicyDocument, faults: FaultList): Schema | undefined {
  const path = ['spec', 'crd', 'spec', 'validation'];
  const validation = at(object, ...path);
  const written = at(validation, 'openAPIV3Schema');
  if (written === undefined || written === null) return undefined;
  const isLegacy = at(validation, 'legacySchema') ?? LEGACY_VERSIONS.includes(object.apiVersion);
  const wrapped = { type: 'object', properties: { parameters: written } };
  const { schema, errors } = parseCrdSchema(wrapped, '');
  if (isLegacy === true && errors.length > 0) return undefined;
  for (const error of errors) {
    const field = error.path.replace(/^\.?properties\[parameters\]\.?/, '');
    faults.add([...path, 'openAPIV3Schema'], `${field === '' ? '' : `${field}: `}${error.message}`);
  }
  return schema.properties?.['parameters'];
}

/** What is written in both is asked in CEL alone: its Rego is not looked at. */
function compileTarget(
  document: PolicyDocument,
  target: unknown,
  faults: FaultList,
  options: TemplateOptions,
): TemplateCode | undefined {
  const path = ['spec', 'targets', 0];
  const { rego, cel, otherEngines } = readCode(target, path, nameOf(document.object));
  if (otherEngines.length > 0) {
    faults.add([...path, 'code'], `is written for ${otherEngines.join(', ')}, which is not evaluated`, {
      code: 'GATEKEEPER_ENGINE_UNSUPPORTED',
      severity: rego === undefined && cel === undefined ? 'error' : 'warning',
      hint: `Add an entry with engine: Rego or ${CEL_ENGINE} that says the same.`,
    });
  }
  if (cel !== undefined && (rego === undefined || options.engine !== 'Rego'))
    return { engine: CEL_ENGINE, cel: readTemplateCel(document, cel, faults) };
  if (rego !== undefined) return compileRego(document, rego, faults, options);
  if (otherEngines.length === 0)
    faults.add(path, `has neither \`rego\` nor an entry of \`code\` with engine Rego or ${CEL_ENGINE}`);
  return undefined;
}

function compileRego(
  document: PolicyDocument,
  rego: TemplateRego,
  faults: FaultList,
  options: TemplateOptions,
): RegoCode | undefined {
  const { packagePath, issues } = checkTemplateRego(rego);
  noteIssues(document, issues, faults);
  if (issues.length > 0) return undefined;
  return compileModules(document, rego, packagePath, faults, options);
}

function compileModules(
  document: PolicyDocument,
  rego: TemplateRego,
  packagePath: readonly string[],
  faults: FaultList,
  { builtins = [] }: TemplateOptions,
): RegoCode | undefined {
  const { source, libs } = rego;
  const modules = [source, ...libs];
  const compiled = compilePolicy({ modules, extraBuiltins: builtins, version: 'v0', errorLimit: 0 });
  const asIssues = (found: typeof compiled.faults): RegoIssue[] =>
    found.map((fault) => issueOf(moduleOf(modules, fault.location?.file, source), fault));
  if (compiled.policy === undefined) {
    noteIssues(document, asIssues(compiled.faults), faults);
    return undefined;
  }
  const query = `data${packagePath.map((part) => `[${JSON.stringify(part)}]`).join('')}.violation[violation]`;
  const { query: violations, faults: queryFaults } = compiled.policy.prepareQuery(query);
  noteIssues(document, asIssues(queryFaults), faults);
  return violations === undefined
    ? undefined
    : { engine: 'Rego', rego, policy: compiled.policy, packagePath, query, violations };
}

function moduleOf(
  modules: readonly TemplateModule[],
  file: string | undefined,
  otherwise: TemplateModule,
): TemplateModule {
  return modules.find((module) => module.file === file) ?? otherwise;
}

function noteIssues(document: PolicyDocument, issues: readonly RegoIssue[], faults: FaultList): void {
  for (const issue of issues) {
    const key = originOf(document, issue.module.path);
    // What lies in a cluster has no file that would have a line.
    const isPlaced = key?.line !== undefined || issue.row === undefined;
    const message = isPlaced ? issue.message : `line ${issue.row}, column ${issue.column ?? 1}: ${issue.message}`;
    faults.add(issue.module.path, message, {
      code: 'GATEKEEPER_TEMPLATE_REGO',
      origin: originInText(key, issue.module.text, issue.row, issue.column),
    });
  }
}
