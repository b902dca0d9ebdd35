import type { CelProgram, CelValue } from '@sekisho/cel';
import type { AdmissionRequest } from '../admission/plugin.ts';
import type { Webhook } from './configuration.ts';

/** What the `matchConditions` of a webhook say: whether to ask it, or why they can't tell. */
export type ConditionsAnswer = boolean | { readonly error: string };

interface Condition {
  readonly name: string;
  readonly program: CelProgram | undefined;
  readonly fault: string;
}

type Evaluate = (request: AdmissionRequest) => ConditionsAnswer;

const compiled = new WeakMap<Webhook, Promise<Evaluate>>();

/** One false is enough for no, also beside others that fail. The first use reads the expression language. */
export async function conditionsHold(webhook: Webhook, request: AdmissionRequest): Promise<ConditionsAnswer> {
  if (webhook.matchConditions.length === 0) return true;
  let evaluate = compiled.get(webhook);
  if (evaluate === undefined) {
    evaluate = compile(webhook);
    compiled.set(webhook, evaluate);
  }
  return (await evaluate)(request);
}

async function compile(webhook: Webhook): Promise<Evaluate> {
  const { compileCel, createAuthorizer, createResourceCheck, fromJson } = await import('@sekisho/cel');
  const variables = ['object', 'oldObject', 'request', 'authorizer', 'authorizer.requestResource'];
  const conditions = webhook.matchConditions.map(({ name, expression }): Condition => {
    const { program, diagnostics } = compileCel(expression, { variables });
    return { name, program, fault: diagnostics.map(({ message }) => message).join('; ') };
  });
  // Whoever got this far may do everything in this cluster.
  const authorize = () => ({ allowed: true });
  const authorizer = createAuthorizer(authorize);
  return (request) => {
    const { object, oldObject, ...rest } = request;
    const { group, resource } = request.resource;
    const bindings: Record<string, CelValue> = {
      object: fromJson(object ?? null),
      oldObject: fromJson(oldObject ?? null),
      request: fromJson({
        ...rest,
        subResource: request.subResource ?? '',
        namespace: request.namespace ?? '',
        requestKind: request.kind,
        requestResource: request.resource,
        requestSubResource: request.subResource ?? '',
        options: request.options ?? null,
      }),
      authorizer,
      'authorizer.requestResource': createResourceCheck(authorize, {
        group,
        resource,
        name: request.name,
        ...(request.namespace === undefined ? {} : { namespace: request.namespace }),
        ...(request.subResource === undefined ? {} : { subresource: request.subResource }),
      }),
    };
    const faults: string[] = [];
    for (const { name, program, fault } of conditions) {
      const result = program?.evaluate(bindings);
      if (result === undefined) faults.push(`matchCondition "${name}" does not compile: ${fault}`);
      else if (result.fault !== undefined) faults.push(`matchCondition "${name}": ${result.fault.message}`);
      else if (result.value === false) return false;
      else if (result.value !== true) faults.push(`matchCondition "${name}" is not a bool`);
    }
    return faults.length === 0 ? true : { error: faults.join(', ') };
  };
}
