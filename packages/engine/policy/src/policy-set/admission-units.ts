import type { Origin } from '@sekisho/base';
import { policyKinds, policyReadsSurroundings, type ValidatingPolicy } from '../admission/policy.ts';
import { equivalentGroups, kindOfResource } from '../admission/resource.ts';
import { askPolicy } from '../admission/review.ts';
import { type Rule, takesOtherKinds } from '../admission/rule.ts';
import { locateField } from '../field-path.ts';
import { at } from '../gatekeeper/document.ts';
import type { KindPattern } from './concern-table.ts';
import { explanationOf } from './explanation.ts';
import { contentOf, hashOf } from './hash.ts';
import type { Subject } from './subject.ts';
import type { Explanation, GateVerdict, PolicyAction, PolicySummary } from './types.ts';
import { GATES, type PolicyUnit } from './unit.ts';
import { strongest } from './verdicts.ts';

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** A policy of the set for each that has a binding: others are never asked. */
export function admissionUnits(policies: readonly ValidatingPolicy[]): readonly PolicyUnit[] {
  return policies.filter(({ bindings }) => bindings.length > 0).map(unitOf);
}

function unitOf(policy: ValidatingPolicy): PolicyUnit {
  const summary = summaryOf(policy);
  return {
    summary,
    kinds: policy.match.rules.flatMap(patternsOf),
    operations: operationsOf(policy.match.rules),
    judge(subject, context) {
      const input = subject.admissionInput(context);
      if (input === undefined) return [];
      // At admission nobody sees fields, and everybody waits.
      return askPolicy(policy, input, { ...context, namesFields: context.gate !== 'admission' }).map(
        (verdict): GateVerdict => ({ ...verdict, policyId: summary.id, subject: subject.reference }),
      );
    },
    explain: (verdict, subject) => explain(verdict, subject),
  };
}

/** What is called is a function or a macro, and no field. */
const FIELD = /\bobject((?:\.\??[A-Za-z_]\w*\b(?!\s*\())+)/g;

/** The expression, the fields of the object that it names, and those that made it fail. */
function explain({ policy, details, fields = [] }: GateVerdict, { object }: Subject): Explanation | undefined {
  const expression = at(details, 'expression');
  if (typeof expression !== 'string') return undefined;
  const named = [...expression.matchAll(FIELD)].map(([, names = '']) => names.slice(1).replaceAll('?', '').split('.'));
  const found = named.map((path) => path.filter((_, index) => at(object, ...path.slice(0, index)) !== undefined));
  const all = [...found, ...fields.map((field) => locateField(object, field))];
  const paths = all.filter((path) => !all.some((other) => leadsTo(path, other)));
  const parameters = at(details, 'params');
  return explanationOf({
    rule: expression,
    origin: policy.origin,
    object,
    paths,
    ...(parameters === undefined ? {} : { parameters }),
  });
}

type Path = readonly (string | number)[];

function leadsTo(path: Path, other: Path): boolean {
  return path.length < other.length && path.every((segment, i) => segment === other[i]);
}

/** Kinds that a rule's resources may be of. What is not Kubernetes' own may have any. */
export function patternsOf(rule: Rule): readonly KindPattern[] {
  if (rule.groups.includes('*') || rule.resources.some(takesOtherKinds)) return [{ groups: [], kinds: [] }];
  return rule.resources.flatMap(({ resource }) =>
    rule.groups.map((group): KindPattern => {
      const kind = kindOfResource(group, resource);
      return { groups: equivalentGroups(group, resource), kinds: kind === resource ? [] : [kind] };
    }),
  );
}

export function operationsOf(rules: readonly Rule[]): PolicyUnit['operations'] {
  return new Set(
    OPERATIONS.filter((operation) =>
      rules.some(({ operations }) => operations.includes(operation) || operations.includes('*')),
    ),
  );
}

const ACTIONS_OF: Readonly<Record<string, PolicyAction>> = { Deny: 'deny', Warn: 'warn', Audit: 'dryrun' };

function summaryOf(policy: ValidatingPolicy): PolicySummary {
  const { name, document, bindings } = policy;
  const annotations = at(document.object, 'metadata', 'annotations');
  const description = at(annotations, 'description') ?? at(annotations, 'kubernetes.io/description');
  const actions = bindings.flatMap((binding) => binding.actions.flatMap((action) => ACTIONS_OF[action] ?? []));
  const origin: Origin | undefined = policy.origin;
  return {
    id: `admission/${name}`,
    policy: { kind: 'admission', name, ...(origin === undefined ? {} : { origin }) },
    title: name,
    ...(typeof description === 'string' ? { description } : {}),
    action: strongest(actions) ?? 'deny',
    gates: GATES,
    kinds: policyKinds(policy),
    readsSurroundings: policyReadsSurroundings(policy),
    hash: hashOf([contentOf(document.object), bindings.map((binding) => contentOf(binding.document.object))]),
  };
}
