import type { CelProgram, CelValue } from '@sekisho/cel';
import type { FieldError, KubeObject } from '@sekisho/kube';
import type { AdmissionRequest } from '../admission/plugin.ts';
import { readConfiguration, type Webhook } from './configuration.ts';

/** What the `matchConditions` of a webhook say: whether to ask it, or why they can't tell. */
export type ConditionsAnswer = boolean | { readonly error: string };

interface Condition {
  readonly name: string;
  readonly program: CelProgram | undefined;
  readonly fault: string;
}

const VARIABLES = ['object', 'oldObject', 'request', 'authorizer', 'authorizer.requestResource'];

/** What is wrong with the match conditions of a webhook configuration, as the API server refuses it. */
export async function conditionFaults(configuration: KubeObject): Promise<FieldError[]> {
  const webhooks = readConfiguration(configuration);
  if (webhooks.every(({ matchConditions }) => matchConditions.length === 0)) return [];
  const { compileCel } = await import('@sekisho/cel');
  return webhooks.flatMap(({ matchConditions }, index) => {
    const path = `webhooks[${index}].matchConditions`;
    const names = new Set<string>();
    const faults: FieldError[] = [];
    if (matchConditions.length > MAX_CONDITIONS) {
      faults.push({
        path,
        type: 'tooMany',
        value: matchConditions.length,
        message: `Too many: ${matchConditions.length}: must have at most ${MAX_CONDITIONS} items`,
      });
    }
    for (const [at, { name, expression }] of matchConditions.entries()) {
      const fault = (field: string, type: FieldError['type'], value: string, message: string): void => {
        faults.push({ path: `${path}[${at}].${field}`, type, value, message });
      };
      if (name === '') fault('name', 'required', name, 'Required value');
      else if (names.has(name)) fault('name', 'duplicate', name, `Duplicate value: "${name}"`);
      names.add(name);
      if (expression.trim() === '') fault('expression', 'required', expression, 'Required value');
      else {
        for (const { message } of compileCel(expression, { variables: VARIABLES }).diagnostics) {
          fault(
            'expression',
            'invalid',
            expression,
            `Invalid value: ${JSON.stringify(expression)}: compilation failed: ${message}`,
          );
        }
      }
    }
    return faults;
  });
}

/** Upstream's. */
const MAX_CONDITIONS = 64;

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
  const conditions = webhook.matchConditions.map(({ name, expression }): Condition => {
    const { program, diagnostics } = compileCel(expression, { variables: VARIABLES });
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
