import type { Diagnostic } from '@sekisho/base';
import { type EvaluateOptions, findingSources, type Value } from '@sekisho/rego';
import { formatField } from '../field-path.ts';
import { isTexts } from '../gatekeeper/document.ts';
import { parseMatch } from '../gatekeeper/match.ts';
import { askPackage, type RegoFinding } from '../rego/ask-package.ts';
import { compileRegoBundle, type RegoBundle, type RegoPackage } from '../rego/bundle.ts';
import type { Severity } from '../verdict.ts';
import type { CompileCache } from './compile-cache.ts';
import { explanationOf, textOfRule } from './explanation.ts';
import { hashOf } from './hash.ts';
import { kindsForPeople, kindsOfMatch } from './match-kinds.ts';
import type { Subject } from './subject.ts';
import type { Explanation, GateContext, GateVerdict, PolicyBundle, PolicySummary } from './types.ts';
import { DEFAULT_LIMITS, GATES, type PolicyUnit, WRITES } from './unit.ts';
import { ACTIONS } from './verdicts.ts';

/** A policy for each package of a bundle that is asked. */
export function regoUnits(bundle: PolicyBundle, cache: CompileCache, diagnostics: Diagnostic[]): readonly PolicyUnit[] {
  const { files, ...settings } = bundle;
  const hash = hashOf([settings, files.map(({ text, origin }) => [origin.file, text])]);
  const origins = hashOf(files.map(({ origin }) => origin));
  const compiled = cache.of(`rego ${hash} ${origins}`, () => compileUnits(bundle, hash));
  diagnostics.push(...compiled.diagnostics);
  return compiled.units;
}

interface CompiledUnits {
  readonly units: readonly PolicyUnit[];
  readonly diagnostics: readonly Diagnostic[];
}

function compileUnits(bundle: PolicyBundle, hash: string): CompiledUnits {
  const diagnostics: Diagnostic[] = [];
  const { matches, faults } = parseMatch(bundle.match);
  for (const { path, message } of faults)
    diagnostics.push({
      code: 'POLICY_SOURCE_INVALID',
      severity: 'error',
      message: `PolicySource ${bundle.name}: spec.match${path.length === 0 ? '' : `.${path.join('.')}`}: ${message}`,
    });
  const compiled = compileRegoBundle(bundle, diagnostics);
  if (compiled === undefined || faults.length > 0) return { units: [], diagnostics };
  const kinds = kindsOfMatch(bundle.match);
  const units = compiled.packages.map((one): PolicyUnit => {
    const summary = summaryOf(bundle, one, hash);
    const asked: AskedPackage = { bundle, compiled, one, summary };
    return {
      summary,
      ...kinds,
      operations: WRITES,
      judge(subject, context) {
        const { object, namespace, source } = subject;
        const outcome = matches({ object, namespace, source });
        if (outcome === false) return [];
        if (outcome !== true) return [undecided(asked, subject, outcome.error)];
        return judge(asked, subject, context);
      },
      explain: (verdict, subject, context) => explain(asked, verdict, subject, context),
    };
  });
  return { units, diagnostics };
}

interface AskedPackage {
  readonly bundle: PolicyBundle;
  readonly compiled: RegoBundle;
  readonly one: RegoPackage;
  readonly summary: PolicySummary;
}

function judge(asked: AskedPackage, subject: Subject, context: GateContext): readonly GateVerdict[] {
  // At admission nobody sees fields, and everybody waits.
  const withPaths = context.gate !== 'admission';
  const answer = askPackage(asked.compiled, asked.one, evaluationOf(asked, subject, context), withPaths);
  if ('error' in answer) return [undecided(asked, subject, answer.error)];
  return answer.map((finding) => verdictOf(asked, subject, finding));
}

function evaluationOf({ compiled }: AskedPackage, subject: Subject, context: GateContext): EvaluateOptions {
  const { limits = DEFAULT_LIMITS, now, signal } = context;
  return {
    input: subject.object as unknown as Value,
    data: compiled.data,
    limits,
    nowNs: BigInt(Math.trunc(now)) * 1_000_000n,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** The finding is found again by its rule and message. */
function explain(
  asked: AskedPackage,
  verdict: GateVerdict,
  subject: Subject,
  context: GateContext,
): Explanation | undefined {
  const { compiled, one, bundle } = asked;
  const evaluation = evaluationOf(asked, subject, context);
  const answer = askPackage(compiled, one, evaluation, false);
  if ('error' in answer) return undefined;
  const finding = answer.find(
    ({ rule, message }) => `${one.name}.${rule}` === verdict.policy.rule && message === verdict.message,
  );
  if (finding === undefined) return undefined;
  const rule = { packagePath: one.path, name: finding.rule };
  const [source] = findingSources(compiled.policy, rule, [finding.member], { files: compiled.files, evaluation });
  const clause = source?.rule;
  const file = bundle.files.find(({ origin }) => origin.file === clause?.location.file);
  return explanationOf({
    rule: clause === undefined || file === undefined ? undefined : textOfRule(clause, file.text),
    origin:
      clause === undefined || file === undefined
        ? undefined
        : { ...file.origin, line: clause.location.row, column: clause.location.col },
    object: subject.object,
    paths: source?.paths ?? [],
  });
}

const severities: readonly unknown[] = ['low', 'medium', 'high', 'critical'] satisfies Severity[];

function verdictOf({ bundle, one, summary }: AskedPackage, subject: Subject, finding: RegoFinding): GateVerdict {
  const { rule, kind, message, metadata, path } = finding;
  const action = bundle.action ?? 'deny';
  const given = ACTIONS[kind === 'warning' && action === 'deny' ? 'warn' : action];
  const { severity, remediation, fix, field, fields } = metadata;
  const remedy = remediation ?? fix;
  const named = isTexts(fields) ? fields : typeof field === 'string' ? [field] : [];
  const shown = named.length > 0 ? named : path === undefined ? [] : [formatField(subject.object, path)];
  return {
    decision: given.decision,
    severity: severities.includes(severity) ? (severity as Severity) : given.severity,
    policy: { ...summary.policy, rule: `${one.name}.${rule}` },
    policyId: summary.id,
    subject: subject.reference,
    message,
    ...(shown.length === 0 ? {} : { fields: shown }),
    ...(typeof remedy === 'string' ? { remediation: remedy } : {}),
    ...(Object.keys(metadata).length === 0 ? {} : { details: metadata }),
  };
}

function undecided({ bundle, summary }: AskedPackage, subject: Subject, error: string): GateVerdict {
  return {
    ...ACTIONS[bundle.action ?? 'deny'],
    policy: summary.policy,
    policyId: summary.id,
    subject: subject.reference,
    message: `${bundle.name} gave no answer: ${error}`,
    undecided: true,
  };
}

function summaryOf(bundle: PolicyBundle, one: RegoPackage, hash: string): PolicySummary {
  const notes = one.modules.flatMap(({ annotations }) => annotations).filter(({ scope }) => scope === 'package');
  const title = notes.find((note) => note.title !== undefined)?.title;
  const description = notes.find((note) => note.description !== undefined)?.description;
  const file = bundle.files.find(({ origin }) => origin.file === one.modules[0]?.file);
  return {
    id: `rego/${bundle.name}/${one.name}`,
    policy: { kind: 'rego', name: bundle.name, rule: one.name, ...(file === undefined ? {} : { origin: file.origin }) },
    title: title ?? `${bundle.name}: ${one.name}`,
    ...(description === undefined ? {} : { description }),
    action: bundle.action ?? 'deny',
    gates: bundle.gates ?? GATES,
    kinds: kindsForPeople(kindsOfMatch(bundle.match).kinds),
    readsSurroundings: false,
    hash,
  };
}
