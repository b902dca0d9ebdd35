import type { Diagnostic } from '@sekisho/base';
import { type Constraint, readConstraint } from './constraint.ts';
import { faultList, gatekeeperKind, type PolicyDocument } from './document.ts';
import { type ExternalData, externalDataBuiltin } from './external-data.ts';
import { matchReader } from './match.ts';
import { type GatekeeperConfig, readConfig } from './sync.ts';
import { type ConstraintTemplate, compileTemplate, type TemplateCode } from './template.ts';

/** Templates with their constraints, compiled. */
export interface GatekeeperPolicies {
  /** By the kind of their constraints. */
  readonly templates: ReadonlyMap<string, ConstraintTemplate>;
  /** In the order of kind and name. */
  readonly constraints: readonly Constraint[];
  readonly config: GatekeeperConfig;
  /** Faults of templates, constraints and configuration. What has one is left out, all others work. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface GatekeeperOptions {
  /** Answers for Providers. */
  readonly externalData?: ExternalData;
  /** Of templates that are written for several. Default: CEL, then Rego. */
  readonly engine?: TemplateCode['engine'] | undefined;
  /** Compiles a template, or takes what it compiled before. Default: compiles it. */
  readonly compileOnce?: (document: PolicyDocument, compile: () => CompiledTemplate) => CompiledTemplate;
}

export interface CompiledTemplate {
  readonly template: ConstraintTemplate | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles all templates, constraints, Configs and SyncSets among some objects. */
export function compileGatekeeper(
  documents: readonly PolicyDocument[],
  options: GatekeeperOptions = {},
): GatekeeperPolicies {
  const { compileOnce = (_document, compile) => compile() } = options;
  const diagnostics: Diagnostic[] = [];
  const builtins = [externalDataBuiltin(options.externalData)];
  const templates = new Map<string, ConstraintTemplate>();
  for (const document of ofKinds(documents, ['template'])) {
    const { template, diagnostics: faults } = compileOnce(document, () => {
      const own: Diagnostic[] = [];
      return { template: compileTemplate(document, own, { builtins, engine: options.engine }), diagnostics: own };
    });
    diagnostics.push(...faults);
    if (template === undefined) continue;
    if (templates.has(template.kind)) noteRepetition(document, `a template for ${template.kind}`, diagnostics);
    else templates.set(template.kind, template);
  }
  const constraints = new Map<string, Constraint>();
  const readMatch = matchReader();
  for (const document of ofKinds(documents, ['constraint'])) {
    const constraint = readConstraint(document, templates, diagnostics, readMatch);
    if (constraint === undefined) continue;
    const id = `${constraint.kind}/${constraint.name}`;
    if (constraints.has(id)) noteRepetition(document, id, diagnostics);
    else constraints.set(id, constraint);
  }
  const config = readConfig(ofKinds(documents, ['config', 'syncset']), diagnostics);
  const ordered = [...constraints].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, constraint]) => constraint);
  return { templates, constraints: ordered, config, diagnostics };
}

function ofKinds(
  documents: readonly PolicyDocument[],
  kinds: readonly ReturnType<typeof gatekeeperKind>[],
): readonly PolicyDocument[] {
  return documents.filter(({ object }) => kinds.includes(gatekeeperKind(object)));
}

function noteRepetition(document: PolicyDocument, what: string, diagnostics: Diagnostic[]): void {
  faultList(document, 'GATEKEEPER_DUPLICATE', diagnostics).add([], `there is ${what} already; the first one counts`);
}
