import type { CheckDocument, Evaluator, FilePosition, InputPath, RuleClauses } from './evaluator.ts';
import { positionsOf } from './finding-position.ts';
import { countExceptions, readFinding } from './read-finding.ts';
import type { CheckResult, Finding } from './result.ts';
import { exceptionNameOf, type RuleKind, ruleKindOf } from './rule-name.ts';

export interface CheckInput {
  /** As results name it. */
  readonly fileName: string;
  readonly documents: readonly CheckDocument[];
}

interface Collected {
  successes: number;
  failures: Finding[];
  warnings: Finding[];
  exceptions: Finding[];
}

/** A rule of Conftest's. */
interface CountedRule extends RuleClauses {
  readonly kind: RuleKind;
}

/**
 * Checks all documents of a file against the rules of one package. Every clause of a rule is a test: it passed unless there
 * is a result for it. A rule with an exception has no results.
 *
 * @throws SekishoError CHECK_RESULT when a rule's value is an object without a text `msg`; what the evaluator throws
 * @see https://www.conftest.dev/exceptions/
 */
export function checkFile({ fileName, documents }: CheckInput, namespace: string, evaluator: Evaluator): CheckResult {
  const collected: Collected = { successes: 0, failures: [], warnings: [], exceptions: [] };
  const rules = countedRules(evaluator.rules(namespace));
  if (rules.length > 0) {
    const hasExceptions = evaluator.rules(namespace).some(({ name }) => name === 'exception');
    const names = [...rules.map(({ name }) => name), ...(hasExceptions ? ['exception'] : [])];
    for (const document of documents) {
      const values = evaluator.evaluate(namespace, names, document);
      for (const rule of rules) checkRule(rule, values, { fileName, namespace, evaluator, document }, collected);
    }
  }
  return { fileName, namespace, ...collected, skipped: [] };
}

interface Place {
  readonly fileName: string;
  readonly namespace: string;
  readonly evaluator: Evaluator;
  readonly document: CheckDocument;
}

function countedRules(rules: readonly RuleClauses[]): CountedRule[] {
  return rules.flatMap((rule) => {
    const kind = ruleKindOf(rule.name);
    return kind === undefined ? [] : [{ ...rule, kind }];
  });
}

function checkRule(rule: CountedRule, values: ReadonlyMap<string, unknown>, place: Place, collected: Collected): void {
  const exceptionName = exceptionNameOf(rule.name);
  const excepted = countExceptions(values.get('exception'), exceptionName);
  let results = excepted;
  if (excepted > 0) {
    const message = `data.${place.namespace}.exception[_][_] == ${JSON.stringify(exceptionName)}`;
    for (let n = 0; n < excepted; n++) collected.exceptions.push({ message });
  } else {
    const findings = findingsOf(rule, values.get(rule.name), place);
    (rule.kind === 'failure' ? collected.failures : collected.warnings).push(...findings);
    results = findings.length;
  }
  collected.successes += Math.max(0, rule.clauses - results);
}

function findingsOf(rule: CountedRule, value: unknown, place: Place): Finding[] {
  if (!Array.isArray(value) || value.length === 0) return [];
  const query = `data.${place.namespace}.${rule.name}`;
  const members: readonly unknown[] = value;
  let positions: readonly (FilePosition | undefined)[] | undefined;
  const findings: Finding[] = [];
  members.forEach((member, index) => {
    const finding = readFinding(member, query);
    if (finding === undefined) return;
    if (finding.location === undefined) {
      positions ??= findPositions(rule.name, members, place);
      const position = positions[index];
      if (position !== undefined) {
        findings.push({ ...finding, location: { file: place.fileName, ...position } });
        return;
      }
    }
    findings.push(finding);
  });
  return findings;
}

/** Only asked when something was found: telling the paths costs another evaluation. */
function findPositions(rule: string, members: readonly unknown[], place: Place): readonly (FilePosition | undefined)[] {
  const { evaluator, namespace, document } = place;
  if (document.positionOf === undefined) return [];
  const paths = evaluator.inputPaths?.(namespace, rule, members, document);
  const known: readonly (readonly InputPath[])[] = paths?.length === members.length ? paths : members.map(() => []);
  return positionsOf(known, document);
}
