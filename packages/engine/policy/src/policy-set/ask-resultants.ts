import type { KubeObject } from '@sekisho/kube';
import { type Expansion, type Expansions, expandObject } from '../gatekeeper/expansion.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import type { Mutators } from '../gatekeeper/mutation/index.ts';
import { Subject } from './subject.ts';
import type { GateContext, GateVerdict } from './types.ts';
import { ACTIONS, isAction } from './verdicts.ts';

export interface ExpansionParts {
  readonly expansions: Expansions;
  readonly mutators: Mutators;
  readonly externalData: ExternalData | undefined;
}

/**
 * What constraints have against the objects that an object will lead to. It is told of the object itself, with the template
 * that says so.
 *
 * @param ask  asks the constraints
 */
export function askResultants(
  { expansions, mutators, externalData }: ExpansionParts,
  subject: Subject,
  context: GateContext,
  ask: (resultant: Subject) => readonly GateVerdict[],
): readonly GateVerdict[] {
  if (subject.operation !== 'CREATE' && subject.operation !== 'UPDATE') return [];
  if (!expansions.expansions.some(({ applyTo }) => applyTo.includes(subject.object))) return [];
  const { namespace } = subject;
  const { resultants, error } = expandObject(expansions, subject.object, {
    mutators,
    ...(namespace === undefined ? {} : { namespace }),
    externalData,
  });
  if (error !== undefined) return [unexpanded(subject, error)];
  return resultants.flatMap(({ object, expansion }) => {
    const resultant = new Subject(requestFor(subject, object), object, context.surroundings, 'Generated');
    return ask(resultant).map((verdict) => implied(verdict, subject, expansion));
  });
}

function requestFor({ request, operation }: Subject, object: KubeObject): Subject['request'] {
  const { userInfo, dryRun, origin } = request;
  return {
    object,
    operation,
    ...(userInfo === undefined ? {} : { userInfo }),
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(origin === undefined ? {} : { origin }),
  };
}

function implied(
  { fields, ...verdict }: GateVerdict,
  subject: Subject,
  { name, enforcementAction, templateSource }: Expansion,
): GateVerdict {
  return {
    ...verdict,
    ...(isAction(enforcementAction) ? ACTIONS[enforcementAction] : {}),
    subject: subject.reference,
    message: `[Implied by ${name}] ${verdict.message}`,
    ...(fields === undefined ? {} : { fields: fields.map((field) => `${templateSource}.${field}`) }),
  };
}

function unexpanded(subject: Subject, error: string): GateVerdict {
  return {
    ...ACTIONS.deny,
    policy: { kind: 'gatekeeper', name: 'ExpansionTemplate' },
    policyId: 'gatekeeper/ExpansionTemplate',
    subject: subject.reference,
    message: `what it leads to can't be told: ${error}`,
    undecided: true,
  };
}
