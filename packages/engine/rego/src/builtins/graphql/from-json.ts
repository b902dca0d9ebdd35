import { isObject } from '../../value/kind.ts';
import { type ObjectValue, valueAt } from '../../value/object.ts';
import type { Value } from '../../value/value.ts';

/** A document isn't of the form that `graphql.parse_query` and `graphql.parse_schema` give. */
export class GraphqlFormError extends Error {}

const KEYWORDS: Readonly<Record<string, string>> = {
  SCALAR: 'scalar',
  OBJECT: 'type',
  INTERFACE: 'interface',
  UNION: 'union',
  ENUM: 'enum',
  INPUT_OBJECT: 'input',
};
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;
const STRING = 3;
const BLOCK = 4;
const LIST = 8;
const OBJECT = 9;

function list(object: ObjectValue, name: string): ObjectValue[] {
  const value = valueAt(object, name);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new GraphqlFormError(`${name} must be an array`);
  return (value as readonly Value[]).map((item) => {
    if (!isObject(item)) throw new GraphqlFormError(`${name} must hold objects`);
    return item;
  });
}

function text(object: ObjectValue, name: string): string {
  const value = valueAt(object, name) ?? '';
  if (typeof value !== 'string') throw new GraphqlFormError(`${name} must be a string`);
  return value;
}

/** Names go into the text as they are: only such as the grammar has. */
function identifier(object: ObjectValue, name: string): string {
  const value = text(object, name);
  if (value !== '' && !NAME.test(value)) throw new GraphqlFormError(`${name} must be a name`);
  return value;
}

function names(object: ObjectValue, name: string): string[] {
  const value = valueAt(object, name);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new GraphqlFormError(`${name} must be an array`);
  return (value as readonly Value[]).map((item) => {
    if (typeof item !== 'string' || !NAME.test(item)) throw new GraphqlFormError(`${name} must hold names`);
    return item;
  });
}

function block(items: readonly string[]): string {
  return items.length === 0 ? '' : `{ ${items.join(' ')} }`;
}

function inParentheses(items: readonly string[]): string {
  return items.length === 0 ? '' : `(${items.join(', ')})`;
}

/** The text of a query document. @throws GraphqlFormError */
export function queryFromJson(document: ObjectValue): string {
  return [...list(document, 'Operations').map(operation), ...list(document, 'Fragments').map(fragment)].join('\n');
}

function operation(node: ObjectValue): string {
  const kind = identifier(node, 'Operation') || 'query';
  const variables = inParentheses(list(node, 'VariableDefinitions').map(variable));
  return `${kind} ${identifier(node, 'Name')}${variables}${directives(node)} ${selections(node)}`;
}

function fragment(node: ObjectValue): string {
  const variables = inParentheses(list(node, 'VariableDefinition').map(variable));
  const condition = identifier(node, 'TypeCondition');
  return `fragment ${identifier(node, 'Name')}${variables} on ${condition}${directives(node)} ${selections(node)}`;
}

function variable(node: ObjectValue): string {
  return `$${identifier(node, 'Variable')}: ${type(node)}${defaultValue(node)}${directives(node)}`;
}

function selections(node: ObjectValue): string {
  return block(list(node, 'SelectionSet').map(selection));
}

function selection(node: ObjectValue): string {
  const alias = identifier(node, 'Alias');
  const name = identifier(node, 'Name');
  if (alias !== '') {
    const label = alias === name ? name : `${alias}: ${name}`;
    return `${label}${inParentheses(list(node, 'Arguments').map(argument))}${directives(node)} ${selections(node)}`;
  }
  if (name !== '') return `...${name}${directives(node)}`;
  const condition = identifier(node, 'TypeCondition');
  return `...${condition === '' ? '' : ` on ${condition}`}${directives(node)} ${selections(node)}`;
}

function argument(node: ObjectValue): string {
  return `${identifier(node, 'Name')}: ${value(valueAt(node, 'Value'))}`;
}

function directives(node: ObjectValue): string {
  return list(node, 'Directives')
    .map(
      (directive) => ` @${identifier(directive, 'Name')}${inParentheses(list(directive, 'Arguments').map(argument))}`,
    )
    .join('');
}

function value(node: Value | undefined): string {
  if (node === undefined || !isObject(node)) throw new GraphqlFormError('Value must be an object');
  const raw = text(node, 'Raw');
  const kind = valueAt(node, 'Kind');
  if (kind === STRING || kind === BLOCK) return JSON.stringify(raw);
  const children = list(node, 'Children');
  if (kind === LIST) return `[${children.map((child) => value(valueAt(child, 'Value'))).join(', ')}]`;
  if (kind === OBJECT) return `{${children.map(argument).join(', ')}}`;
  if (!/^[-+.\w]+$/.test(raw)) throw new GraphqlFormError('Raw must be a number or name');
  return kind === 0 ? `$${raw}` : raw;
}

function type(node: ObjectValue): string {
  const found = valueAt(node, 'Type');
  if (found === undefined || !isObject(found)) throw new GraphqlFormError('Type must be an object');
  return typeText(found);
}

function typeText(node: ObjectValue): string {
  const item = valueAt(node, 'Elem');
  const inner =
    item !== undefined && item !== null && isObject(item) ? `[${typeText(item)}]` : identifier(node, 'NamedType');
  return valueAt(node, 'NonNull') === true ? `${inner}!` : inner;
}

function defaultValue(node: ObjectValue): string {
  const found = valueAt(node, 'DefaultValue');
  return found === undefined || found === null ? '' : ` = ${value(found)}`;
}

/** The text of a schema document. @throws GraphqlFormError */
export function schemaFromJson(document: ObjectValue): string {
  return [
    ...list(document, 'Schema').map((node) => schema(node)),
    ...list(document, 'SchemaExtension').map((node) => `extend ${schema(node)}`),
    ...list(document, 'Directives').map(directiveDefinition),
    ...list(document, 'Definitions').map(definition),
    ...list(document, 'Extensions').map((node) => `extend ${definition(node)}`),
  ].join('\n');
}

function schema(node: ObjectValue): string {
  const operations = list(node, 'OperationTypes').map(
    (one) => `${identifier(one, 'Operation')}: ${identifier(one, 'Type')}`,
  );
  return `schema${directives(node)} ${block(operations)}`;
}

function directiveDefinition(node: ObjectValue): string {
  const repeatable = valueAt(node, 'IsRepeatable') === true ? ' repeatable' : '';
  const args = inParentheses(list(node, 'Arguments').map(field));
  return `directive @${identifier(node, 'Name')}${args}${repeatable} on ${names(node, 'Locations').join(' | ')}`;
}

function definition(node: ObjectValue): string {
  const keyword = KEYWORDS[text(node, 'Kind')];
  if (keyword === undefined) throw new GraphqlFormError('Kind must be the kind of a type');
  const interfaces = names(node, 'Interfaces');
  const types = names(node, 'Types');
  const members = [
    ...list(node, 'Fields').map(field),
    ...list(node, 'EnumValues').map((one) => `${identifier(one, 'Name')}${directives(one)}`),
  ];
  const implemented = interfaces.length === 0 ? '' : ` implements ${interfaces.join(' & ')}`;
  const union = types.length === 0 ? '' : ` = ${types.join(' | ')}`;
  return `${keyword} ${identifier(node, 'Name')}${implemented}${directives(node)}${union} ${block(members)}`;
}

function field(node: ObjectValue): string {
  const args = inParentheses(list(node, 'Arguments').map(field));
  return `${identifier(node, 'Name')}${args}: ${type(node)}${defaultValue(node)}${directives(node)}`;
}
