import { type CelProgram, compileCel, type MessageTypes, type Overload } from '@sekisho/cel';
import { type FaultList, type FieldPath, originInText, originOf, type PolicyDocument } from '../gatekeeper/document.ts';
import { REQUEST_FIELDS } from './attributes.ts';

/** An expression of a policy, compiled. */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  readonly program: CelProgram;
}

export interface NamedExpression extends Expression {
  readonly name: string;
}

/** What the expressions of a policy may name. */
export interface ExpressionScope {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** Names of the variables that are declared before. */
  readonly variables: readonly string[];
  /** Types that the expression may make values of. */
  readonly messages?: MessageTypes;
  readonly functions?: readonly Overload[];
  /** Code of the faults of expressions. Default ADMISSION_EXPRESSION_INVALID. */
  readonly faultCode?: string;
}

const ALWAYS = ['object', 'oldObject', 'request', 'namespaceObject', 'variables'];

/** Compiles the expression in a field; what is wrong with it is noted, with its place in the file. */
export function compileExpression(
  document: PolicyDocument,
  path: FieldPath,
  text: unknown,
  scope: ExpressionScope,
  faults: FaultList,
): Expression | undefined {
  if (typeof text !== 'string' || text.trim() === '') {
    faults.add(path, 'is required: an expression of CEL');
    return undefined;
  }
  const { program, diagnostics } = compileCel(text, {
    variables: [
      ...ALWAYS,
      ...(scope.hasParams ? ['params'] : []),
      ...(scope.hasAuthorizer ? ['authorizer', 'authorizer.requestResource'] : []),
    ],
    fields: new Map([
      ['request', REQUEST_FIELDS],
      ['variables', new Set(scope.variables)],
    ]),
    ...(scope.messages === undefined ? {} : { messages: scope.messages }),
    ...(scope.functions === undefined ? {} : { functions: scope.functions }),
  });
  for (const { message, line, column } of diagnostics) {
    const origin = originInText(originOf(document, path), text, line, column);
    faults.add(path, message, { code: scope.faultCode ?? 'ADMISSION_EXPRESSION_INVALID', origin });
  }
  return program === undefined ? undefined : { text, program };
}
