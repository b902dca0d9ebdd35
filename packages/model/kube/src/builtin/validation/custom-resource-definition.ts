import { parseCrdSchema } from '../../schema/crd-schema.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { isDns1035Label, isDnsSubdomain } from './names.ts';
import { addInvalid, type Errors, eachAt, type Json, listAt, recordAt, textAt } from './report.ts';

export function validateCustomResourceDefinition(definition: Json, errors: Errors): void {
  const spec = recordAt(definition, 'spec') ?? {};
  const names = recordAt(spec, 'names') ?? {};
  const group = textAt(spec, 'group');
  if (group === '') errors.push(required('spec.group'));
  else {
    addInvalid(errors, 'spec.group', group, isDnsSubdomain(group));
    if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  }
  const scope = textAt(spec, 'scope');
  if (scope === '') errors.push(required('spec.scope'));
  else if (scope !== 'Cluster' && scope !== 'Namespaced') {
    errors.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']));
  }
  validateNames(names, 'spec.names', errors);
  const name = textAt(recordAt(definition, 'metadata'), 'name');
  const expected = `${textAt(names, 'plural')}.${group}`;
  if (name !== expected) errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  validateVersions(spec, errors);
  validateConversion(recordAt(spec, 'conversion'), errors);
  if (spec['preserveUnknownFields'] === true) {
    const fault =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalid('spec.preserveUnknownFields', true, fault));
  }
}

function validateNames(names: Json, path: string, errors: Errors): void {
  for (const key of ['plural', 'singular', 'kind', 'listKind']) {
    const text = textAt(names, key);
    if (text === '') {
      if (key !== 'singular') errors.push(required(`${path}.${key}`));
      continue;
    }
    const lower = key === 'kind' || key === 'listKind' ? text.toLowerCase() : text;
    const faults = isDns1035Label(lower);
    addInvalid(
      errors,
      `${path}.${key}`,
      text,
      lower === text ? faults : faults.map((fault) => `may have mixed case, but should otherwise match: ${fault}`),
    );
  }
  listAt(names, 'shortNames').forEach((short, index) => {
    if (typeof short === 'string') addInvalid(errors, `${path}.shortNames[${index}]`, short, isDns1035Label(short));
  });
  listAt(names, 'categories').forEach((category, index) => {
    if (typeof category === 'string')
      addInvalid(errors, `${path}.categories[${index}]`, category, isDns1035Label(category));
  });
  if (textAt(names, 'kind') !== '' && names['kind'] === names['listKind']) {
    errors.push(invalid(`${path}.listKind`, names['listKind'], 'kind and listKind may not be the same'));
  }
}

function validateVersions(spec: Json, errors: Errors): void {
  const versions = listAt(spec, 'versions');
  const seen = new Set<string>();
  let stored = 0;
  eachAt(spec, 'versions', 'spec', (version, at) => {
    const name = textAt(version, 'name');
    if (name === '') errors.push(required(`${at}.name`));
    else {
      addInvalid(errors, `${at}.name`, name, isDns1035Label(name));
      if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
      seen.add(name);
    }
    if (version['storage'] === true) stored += 1;
    const schema = recordAt(version, 'schema')?.['openAPIV3Schema'];
    // What all versions share is told of the definition as a whole.
    const own = versions.length === 1 ? 'spec' : at;
    const where = schema === undefined ? `${at}.schema` : versions.length === 1 ? 'spec.validation' : `${at}.schema`;
    errors.push(...parseCrdSchema(schema, `${where}.openAPIV3Schema`).errors);
    if (recordAt(version, 'subresources')?.['status'] !== undefined && isRecord(schema)) {
      validateStatusRoot(schema, `${where}.openAPIV3Schema`, errors);
    }
    validateSubresources(recordAt(version, 'subresources'), `${own}.subresources`, errors);
    eachAt(version, 'additionalPrinterColumns', own, (column, path) => validateColumn(column, path, errors));
  });
  if (versions.length === 0)
    errors.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'));
  else if (stored !== 1) {
    errors.push(invalid('spec.versions', [...seen], 'must have exactly one version marked as storage version'));
  }
}

/** What may stand at the root beside `status`, so that the status can be held against its part of the schema alone. */
const besideStatus = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
];
const allowedBesideStatus = new Set([
  ...besideStatus.map((name) => name.charAt(0).toLowerCase() + name.slice(1)),
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);

function validateStatusRoot(schema: Json, path: string, errors: Errors): void {
  const foreign = Object.keys(schema).some(
    (key) => !allowedBesideStatus.has(key) && schema[key] !== null && schema[key] !== false,
  );
  if (!foreign) return;
  const fault = `only [${besideStatus.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  errors.push(invalid(path, schema, fault));
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];

function validateColumn(column: Json, path: string, errors: Errors): void {
  if (textAt(column, 'name') === '') errors.push(required(`${path}.name`));
  const type = textAt(column, 'type');
  if (type === '') errors.push(required(`${path}.type`, `must be one of ${columnTypes.join(',')}`));
  else if (!columnTypes.includes(type)) {
    errors.push(invalid(`${path}.type`, type, `must be one of ${columnTypes.join(',')}`));
  }
  const jsonPath = textAt(column, 'jsonPath');
  if (jsonPath === '') errors.push(required(`${path}.jsonPath`));
  else if (!jsonPath.startsWith('.'))
    errors.push(invalid(`${path}.jsonPath`, jsonPath, 'is invalid: must be a simple json path starting with .'));
}

function validateSubresources(subresources: Json | undefined, path: string, errors: Errors): void {
  const scale = recordAt(subresources, 'scale');
  if (scale === undefined) return;
  for (const [key, prefix] of [
    ['specReplicasPath', '.spec.'],
    ['statusReplicasPath', '.status.'],
  ] as const) {
    const text = textAt(scale, key);
    if (text === '') errors.push(required(`${path}.scale.${key}`));
    else if (!text.startsWith(prefix)) {
      errors.push(invalid(`${path}.scale.${key}`, text, `should be a json path under ${prefix.slice(0, -1)}`));
    }
  }
}

function validateConversion(conversion: Json | undefined, errors: Errors): void {
  if (conversion === undefined) return;
  const strategy = textAt(conversion, 'strategy');
  const webhook = recordAt(conversion, 'webhook');
  if (strategy === 'Webhook') {
    if (webhook === undefined) {
      errors.push(required('spec.conversion.webhook', 'required when strategy is set to Webhook'));
    } else if (listAt(webhook, 'conversionReviewVersions').length === 0) {
      errors.push(required('spec.conversion.webhook.conversionReviewVersions'));
    }
  } else if (strategy !== 'None') {
    errors.push(notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook']));
  } else if (webhook !== undefined) {
    errors.push(forbidden('spec.conversion.webhook', 'should not be set when strategy is not set to Webhook'));
  }
}
