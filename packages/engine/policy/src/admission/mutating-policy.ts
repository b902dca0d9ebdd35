import type { Diagnostic } from '@sekisho/base';
import { globalFunction, type MessageTypes } from '@sekisho/cel';
import { at, type FaultList, type FieldPath, faultList, type PolicyDocument } from '../gatekeeper/document.ts';
import type { AdmissionBinding } from './binding.ts';
import { listAt } from './code.ts';
import { compileExpression, type Expression, type ExpressionScope } from './expression.ts';
import { type CommonPolicy, readCommon } from './policy.ts';

export interface MutatingPolicy extends CommonPolicy {
  readonly type: 'mutating';
  readonly mutations: readonly Mutation[];
  /** Asked again when something after it changed the object. */
  readonly isReinvoked: boolean;
}

export interface Mutation extends Expression {
  readonly patchType: 'ApplyConfiguration' | 'JSONPatch';
}

/**
 * Compiles a MutatingAdmissionPolicy; all faults are noted. Codes: ADMISSION_POLICY_INVALID, ADMISSION_EXPRESSION_INVALID.
 */
export function compileMutating(
  document: PolicyDocument,
  bindings: readonly AdmissionBinding[],
  diagnostics: Diagnostic[],
): MutatingPolicy | undefined {
  const faults = faultList(document, 'ADMISSION_POLICY_INVALID', diagnostics);
  const { common, scope } = readCommon(document, bindings, faults);
  common.match.rules.forEach(({ operations }, i) => {
    if (operations.includes('DELETE'))
      faults.add(['spec', 'matchConstraints', 'resourceRules', i, 'operations'], 'what is deleted can not be mutated');
  });
  const mutations = readMutations(document, ['spec', 'mutations'], scope, faults);
  const reinvocation = at(document.object, 'spec', 'reinvocationPolicy');
  if (reinvocation !== 'Never' && reinvocation !== 'IfNeeded')
    faults.add(['spec', 'reinvocationPolicy'], 'is required: Never or IfNeeded');
  return faults.count > 0
    ? undefined
    : { type: 'mutating', ...common, mutations, isReinvoked: reinvocation === 'IfNeeded' };
}

function readMutations(
  document: PolicyDocument,
  path: FieldPath,
  scope: ExpressionScope,
  faults: FaultList,
): readonly Mutation[] {
  const entries = listAt(document, path, faults);
  if (entries.length === 0) faults.add(path, 'must contain at least one item');
  return entries.flatMap((entry, i) => {
    const own = [...path, i];
    const patchType = at(entry, 'patchType');
    if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch') {
      faults.add([...own, 'patchType'], 'is required: ApplyConfiguration or JSONPatch');
      return [];
    }
    const [field, other] =
      patchType === 'JSONPatch'
        ? (['jsonPatch', 'applyConfiguration'] as const)
        : (['applyConfiguration', 'jsonPatch'] as const);
    const otherValue = at(entry, other);
    if (otherValue !== undefined && otherValue !== null)
      faults.add([...own, other], `must not be set when patchType is ${patchType}`);
    const text = at(entry, field, 'expression');
    const makes = { ...scope, messages: TYPES, functions: FUNCTIONS };
    const expression = compileExpression(document, [...own, field, 'expression'], text, makes, faults);
    return expression === undefined ? [] : [{ patchType, ...expression }];
  });
}

const PATCH_FIELDS: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

/** `Object`, `Object.spec`, `Object.spec.containers` and so on; which fields they have is seen when they are laid over the object. */
const TYPES: MessageTypes = (name) => {
  if (name === 'JSONPatch') return PATCH_FIELDS;
  return name === 'Object' || name.startsWith('Object.') ? 'any' : undefined;
};

const FUNCTIONS = [
  globalFunction('jsonpatch.escapeKey(string)', (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')),
];
