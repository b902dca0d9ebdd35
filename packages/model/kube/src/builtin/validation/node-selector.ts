import { forbidden, invalid, required } from '../../schema/field-error.ts';
import { isQualifiedName } from './names.ts';
import { addInvalid, type Errors, eachAt, type Json, listAt, textAt } from './report.ts';

/** Of pods and of persistent volumes. */
export function validateNodeSelector(selector: Json, path: string, errors: Errors): void {
  if (listAt(selector, 'nodeSelectorTerms').length === 0) {
    errors.push(required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term'));
  }
  eachAt(selector, 'nodeSelectorTerms', path, (term, at) => validateNodeTerm(term, at, errors));
}

export function validateNodeTerm(term: Json, path: string, errors: Errors): void {
  eachAt(term, 'matchExpressions', path, (expression, at) => {
    const operator = textAt(expression, 'operator');
    const count = listAt(expression, 'values').length;
    if ((operator === 'In' || operator === 'NotIn') && count === 0) {
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0) {
      errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else if ((operator === 'Gt' || operator === 'Lt') && count !== 1) {
      errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    } else if (operator === '') {
      errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    }
    const key = textAt(expression, 'key');
    addInvalid(errors, `${at}.key`, key, isQualifiedName(key));
  });
}
