import { compareQuantity, tryParseQuantity } from '../../quantity.ts';
import { invalid, required } from '../../schema/field-error.ts';
import { validateSelector } from './metadata.ts';
import { isDnsSubdomain } from './names.ts';
import { addInvalid, type Errors, type Json, listAt, recordAt, textAt } from './report.ts';

export function validateClaim(claim: Json, errors: Errors): void {
  validateClaimSpec(recordAt(claim, 'spec') ?? {}, 'spec', errors);
}

export function validateClaimSpec(spec: Json, path: string, errors: Errors): void {
  if (listAt(spec, 'accessModes').length === 0) {
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  }
  validateSeparateModes(listAt(spec, 'accessModes'), `${path}.accessModes`, errors);
  validateSelector(recordAt(spec, 'selector'), `${path}.selector`, errors);
  const storage = recordAt(recordAt(spec, 'resources'), 'requests')?.['storage'];
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`));
  else positiveQuantity(storage, `${path}.resources[storage]`, errors);
  const storageClass = textAt(spec, 'storageClassName');
  if (storageClass !== '') addInvalid(errors, `${path}.storageClassName`, storageClass, isDnsSubdomain(storageClass));
}

export function validateSeparateModes(modes: readonly unknown[], path: string, errors: Errors): void {
  if (modes.length > 1 && modes.includes('ReadWriteOncePod')) {
    errors.push({
      path,
      type: 'forbidden',
      message: 'Forbidden: may not use ReadWriteOncePod with other access modes',
    });
  }
}

export function positiveQuantity(quantity: unknown, path: string, errors: Errors): void {
  if (tryParseQuantity(quantity) !== undefined && compareQuantity(quantity as string, 0) <= 0) {
    errors.push(invalid(path, quantity, 'must be greater than zero'));
  }
}
