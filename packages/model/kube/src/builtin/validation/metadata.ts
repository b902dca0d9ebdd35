import { forbidden, invalid, notSupported, required, tooLong } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { isLabelValue, isQualifiedName } from './names.ts';
import { addInvalid, type Errors, eachAt, type Json, listAt, recordAt, textAt } from './report.ts';

const maxAnnotationBytes = 256 * 1024;

/** What every object's metadata must be. `isName` holds the rule of the kind. */
export function validateMetadata(
  metadata: Json | undefined,
  path: string,
  isName: (name: string) => string[],
  errors: Errors,
): void {
  const generateName = textAt(metadata, 'generateName');
  if (generateName !== '') {
    // What the server appends makes a trailing dash or dot good.
    const sample = /[-.]$/.test(generateName) ? `${generateName.slice(0, -1)}a` : generateName;
    addInvalid(errors, `${path}.generateName`, generateName, isName(sample));
  }
  const name = textAt(metadata, 'name');
  if (name !== '') addInvalid(errors, `${path}.name`, name, isName(name));
  else if (generateName === '') errors.push(required(`${path}.name`, 'name or generateName is required'));
  if (metadata === undefined) return;
  validateLabels(recordAt(metadata, 'labels'), `${path}.labels`, errors);
  validateAnnotations(recordAt(metadata, 'annotations'), `${path}.annotations`, errors);
  validateOwners(metadata, path, errors);
  validateFinalizers(metadata, path, errors);
}

export function validateLabels(labels: Json | undefined, path: string, errors: Errors): void {
  for (const key in labels) {
    addInvalid(errors, path, key, isQualifiedName(key));
    const value = labels[key];
    if (typeof value === 'string') addInvalid(errors, path, value, isLabelValue(value));
  }
}

export function validateAnnotations(annotations: Json | undefined, path: string, errors: Errors): void {
  if (annotations === undefined) return;
  let size = 0;
  for (const key in annotations) {
    addInvalid(errors, path, key, isQualifiedName(key.toLowerCase()));
    const value = annotations[key];
    size += key.length + (typeof value === 'string' ? value.length : 0);
  }
  // Only texts near the limit are worth counting in bytes.
  if (size > maxAnnotationBytes / 4) {
    size = 0;
    for (const [key, value] of Object.entries(annotations)) {
      size += byteLength(key) + (typeof value === 'string' ? byteLength(value) : 0);
    }
  }
  if (size > maxAnnotationBytes) errors.push(tooLong(path, maxAnnotationBytes));
}

/** Length in UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) bytes += 1;
    // A surrogate is half of four bytes.
    if (code > 0x7ff && (code < 0xd800 || code > 0xdfff)) bytes += 1;
  }
  return bytes;
}

function validateOwners(metadata: Json, path: string, errors: Errors): void {
  let controller: string | undefined;
  // Upstream names the list, not the item.
  const at = `${path}.ownerReferences`;
  eachAt(metadata, 'ownerReferences', path, (owner) => {
    const apiVersion = textAt(owner, 'apiVersion');
    if (apiVersion === '' || apiVersion.endsWith('/')) {
      errors.push(invalid(`${at}.apiVersion`, apiVersion, 'version must not be empty'));
    }
    for (const key of ['kind', 'name', 'uid']) {
      if (textAt(owner, key) === '') errors.push(invalid(`${at}.${key}`, textAt(owner, key), 'must not be empty'));
    }
    if (apiVersion === 'v1' && textAt(owner, 'kind') === 'Event') {
      errors.push(invalid(at, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner['controller'] !== true) return;
    const name = textAt(owner, 'name');
    if (controller !== undefined) {
      errors.push(
        invalid(
          `${path}.ownerReferences`,
          metadata['ownerReferences'],
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      );
    }
    controller = name;
  });
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers of Kubernetes' own kinds carry a domain, but for the standard ones. */
export function validateOwnFinalizers(metadata: Json | undefined, errors: Errors): void {
  listAt(metadata, 'finalizers').forEach((finalizer, index) => {
    if (typeof finalizer !== 'string' || finalizer.includes('/') || standardFinalizers.has(finalizer)) return;
    const fault = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(invalid(`metadata.finalizers[${index}]`, finalizer, fault));
  });
}

function validateFinalizers(metadata: Json, path: string, errors: Errors): void {
  const finalizers = listAt(metadata, 'finalizers');
  for (const finalizer of finalizers) {
    if (typeof finalizer === 'string') addInvalid(errors, `${path}.finalizers`, finalizer, isQualifiedName(finalizer));
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(
      invalid(`${path}.finalizers`, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'),
    );
  }
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A metav1 LabelSelector; absent ones are good. */
export function validateSelector(selector: Json | undefined, path: string, errors: Errors): void {
  if (selector === undefined) return;
  validateLabels(recordAt(selector, 'matchLabels'), `${path}.matchLabels`, errors);
  eachAt(selector, 'matchExpressions', path, (expression, at) => {
    const operator = textAt(expression, 'operator');
    const values = listAt(expression, 'values');
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) {
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
    } else {
      errors.push(
        operator === ''
          ? invalid(`${at}.operator`, operator, 'not a valid selector operator')
          : notSupported(`${at}.operator`, operator, operators),
      );
    }
    const key = textAt(expression, 'key');
    addInvalid(errors, `${at}.key`, key, isQualifiedName(key));
    values.forEach((value, index) => {
      if (typeof value === 'string') addInvalid(errors, `${at}.values[${index}]`, value, isLabelValue(value));
    });
  });
}

export function isEmptySelector(selector: Json): boolean {
  const labels = recordAt(selector, 'matchLabels');
  return (
    (labels === undefined || Object.keys(labels).length === 0) && listAt(selector, 'matchExpressions').length === 0
  );
}

/** Whether labels match a (valid) LabelSelector. */
export function selects(selector: Json, labels: Json): boolean {
  const wanted = recordAt(selector, 'matchLabels');
  for (const key in wanted) {
    if (!Object.hasOwn(labels, key) || labels[key] !== wanted[key]) return false;
  }
  for (const expression of listAt(selector, 'matchExpressions')) {
    if (!isRecord(expression)) continue;
    const key = textAt(expression, 'key');
    const has = Object.hasOwn(labels, key);
    const listed = has && listAt(expression, 'values').includes(labels[key]);
    switch (expression['operator']) {
      case 'In':
        if (!listed) return false;
        break;
      case 'NotIn':
        if (listed) return false;
        break;
      case 'Exists':
        if (!has) return false;
        break;
      case 'DoesNotExist':
        if (has) return false;
        break;
    }
  }
  return true;
}
