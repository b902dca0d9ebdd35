import { type FieldError, invalid, required } from './field-error.ts';
import type { Schema } from './schema.ts';

/** Whatever a branch of allOf, anyOf, oneOf or not speaks of must be specified beside the branches as well. */
export function checkJunctors(schema: Schema, path: string, errors: FieldError[]): void {
  const constraints = schema.constraints;
  if (constraints === undefined) return;
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    constraints[key]?.forEach((branch, index) => {
      checkSpecified(branch, schema, `${path}.${key}[${index}]`, path, errors);
    });
  }
  if (constraints.not !== undefined) checkSpecified(constraints.not, schema, `${path}.not`, path, errors);
}

function checkSpecified(
  branch: Schema,
  complete: Schema | undefined,
  branchPath: string,
  path: string,
  errors: FieldError[],
): void {
  for (const [name, property] of Object.entries(branch.properties ?? {})) {
    const own = complete?.properties?.[name];
    const at = `${branchPath}.properties[${name}]`;
    const where = `${path}.properties[${name}]`;
    if (own === undefined) {
      // Maps take any name; what is left open may be spoken of.
      if (complete?.additionalProperties === undefined && complete?.preserveUnknownFields !== true) {
        errors.push(required(where, `because it is defined in ${at}`));
      }
    } else {
      checkSpecified(property, own, at, where, errors);
    }
  }
  if (branch.items !== undefined) {
    if (complete?.items === undefined && complete?.preserveUnknownFields !== true) {
      errors.push(required(`${path}.items`, `because it is defined in ${branchPath}.items`));
    } else {
      checkSpecified(branch.items, complete?.items, `${branchPath}.items`, `${path}.items`, errors);
    }
  }
  const nested = branch.constraints;
  if (nested === undefined) return;
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    nested[key]?.forEach((inner, index) => {
      checkSpecified(inner, complete, `${branchPath}.${key}[${index}]`, path, errors);
    });
  }
  if (nested.not !== undefined) checkSpecified(nested.not, complete, `${branchPath}.not`, path, errors);
}

/** What x-kubernetes-list-type asks of the list. */
export function checkListKeys(schema: Schema, path: string, errors: FieldError[]): void {
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (schema.listType !== undefined && schema.type !== 'array') {
    errors.push(
      invalid(
        `${path}.type`,
        schema.type === 'any' ? '' : schema.type,
        'must be array if x-kubernetes-list-type is specified',
      ),
    );
    return;
  }
  if (schema.listType !== 'map') {
    if (schema.listMapKeys !== undefined) {
      errors.push(
        invalid(
          `${path}.x-kubernetes-list-type`,
          schema.listType ?? null,
          'must be map if x-kubernetes-list-map-keys is non-empty',
        ),
      );
    }
    return;
  }
  const items = schema.items;
  if (items !== undefined && items.type !== 'object') {
    errors.push(
      invalid(`${path}.items.type`, items.type, "must be object if parent array's x-kubernetes-list-type is map"),
    );
    return;
  }
  if (schema.listMapKeys === undefined) {
    errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
    return;
  }
  for (const [index, key] of schema.listMapKeys.entries()) {
    const property = items?.properties?.[key];
    if (property === undefined) {
      errors.push(invalid(`${keysPath}[${index}]`, key, 'entries must all be names of item properties'));
    } else if (property.type === 'array' || property.type === 'object') {
      errors.push(
        invalid(
          `${path}.items.properties[${key}].type`,
          property.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    } else if (property.default === undefined && items?.required?.includes(key) !== true) {
      errors.push(
        required(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    }
  }
}
