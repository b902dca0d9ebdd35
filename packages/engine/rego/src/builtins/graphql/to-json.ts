import type * as G from 'graphql';
import type { PlainObject, Value } from '../../value/value.ts';

// Documents as OPA gives them: members with nothing in them are left out.

const KINDS: Readonly<Record<string, number>> = {
  ...{ Variable: 0, IntValue: 1, FloatValue: 2, StringValue: 3, BooleanValue: 5, NullValue: 6, EnumValue: 7 },
  ...{ ListValue: 8, ObjectValue: 9 },
};
const BLOCK = 4;
const TYPE_KINDS: Readonly<Record<string, string>> = {
  ScalarType: 'SCALAR',
  ObjectType: 'OBJECT',
  InterfaceType: 'INTERFACE',
  UnionType: 'UNION',
  EnumType: 'ENUM',
  InputObjectType: 'INPUT_OBJECT',
};

type Members = Record<string, Value | undefined>;

function compact(members: Members): PlainObject {
  const object: Record<string, Value> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) object[name] = value;
  }
  return object;
}

export function queryToJson(document: G.DocumentNode): PlainObject {
  const operations: Value[] = [];
  const fragments: Value[] = [];
  for (const node of document.definitions) {
    if (node.kind === 'OperationDefinition') operations.push(operation(node));
    else if (node.kind === 'FragmentDefinition') fragments.push(fragment(node));
  }
  return compact({ Operations: operations, Fragments: fragments });
}

function operation(node: G.OperationDefinitionNode): PlainObject {
  return compact({
    Operation: node.operation,
    Name: node.name?.value ?? '',
    VariableDefinitions: (node.variableDefinitions ?? []).map(variable),
    Directives: directives(node),
    SelectionSet: node.selectionSet.selections.map(selection),
  });
}

function fragment(node: G.FragmentDefinitionNode): PlainObject {
  return compact({
    Name: node.name.value,
    VariableDefinition: (node.variableDefinitions ?? []).map(variable),
    TypeCondition: node.typeCondition.name.value,
    Directives: directives(node),
    SelectionSet: node.selectionSet.selections.map(selection),
  });
}

function variable(node: G.VariableDefinitionNode): PlainObject {
  return compact({
    Variable: node.variable.name.value,
    Type: type(node.type),
    DefaultValue: node.defaultValue && valueToJson(node.defaultValue),
    Directives: directives(node),
    Used: false,
  });
}

function selection(node: G.SelectionNode): PlainObject {
  if (node.kind === 'FragmentSpread') return compact({ Name: node.name.value, Directives: directives(node) });
  if (node.kind === 'InlineFragment') {
    return compact({
      TypeCondition: node.typeCondition?.name.value ?? '',
      Directives: directives(node),
      SelectionSet: node.selectionSet.selections.map(selection),
    });
  }
  return compact({
    Alias: node.alias?.value ?? node.name.value,
    Name: node.name.value,
    Arguments: (node.arguments ?? []).map(argument),
    Directives: directives(node),
    SelectionSet: (node.selectionSet?.selections ?? []).map(selection),
  });
}

function argument(node: G.ArgumentNode | G.ConstArgumentNode): PlainObject {
  return { Name: node.name.value, Value: valueToJson(node.value) };
}

function directives(node: { readonly directives?: readonly G.DirectiveNode[] | undefined }): Value[] {
  return (node.directives ?? []).map((directive) =>
    compact({ Name: directive.name.value, Arguments: (directive.arguments ?? []).map(argument), Location: '' }),
  );
}

function valueToJson(node: G.ValueNode): PlainObject {
  const isBlock = node.kind === 'StringValue' && node.block === true;
  return compact({
    Raw: rawText(node),
    Kind: isBlock ? BLOCK : (KINDS[node.kind] as number),
    Children: children(node),
    ExpectedTypeHasDefault: false,
  });
}

function rawText(node: G.ValueNode): string {
  if (node.kind === 'Variable') return node.name.value;
  if (node.kind === 'NullValue') return 'null';
  return 'value' in node ? String(node.value) : '';
}

function children(node: G.ValueNode): Value[] {
  if (node.kind === 'ListValue') return node.values.map((item) => ({ Name: '', Value: valueToJson(item) }));
  if (node.kind !== 'ObjectValue') return [];
  return node.fields.map((field) => ({ Name: field.name.value, Value: valueToJson(field.value) }));
}

function type(node: G.TypeNode): PlainObject {
  const isNonNull = node.kind === 'NonNullType';
  const inner = isNonNull ? node.type : node;
  if (inner.kind === 'ListType') return { NamedType: '', Elem: type(inner.type), NonNull: isNonNull };
  return { NamedType: inner.name.value, NonNull: isNonNull };
}

export function schemaToJson(document: G.DocumentNode): PlainObject {
  const sections: Record<string, Value[]> = {};
  for (const section of ['Schema', 'SchemaExtension', 'Directives', 'Definitions', 'Extensions'])
    sections[section] = [];
  for (const node of document.definitions) {
    if (node.kind === 'SchemaDefinition' || node.kind === 'SchemaExtension') {
      sections[node.kind === 'SchemaDefinition' ? 'Schema' : 'SchemaExtension']?.push(schema(node));
    } else if (node.kind === 'DirectiveDefinition') sections.Directives?.push(directiveDefinition(node));
    else {
      const isExtension = node.kind.endsWith('Extension');
      sections[isExtension ? 'Extensions' : 'Definitions']?.push(typeDefinition(node as G.TypeDefinitionNode));
    }
  }
  return compact(sections);
}

function schema(node: G.SchemaDefinitionNode | G.SchemaExtensionNode): PlainObject {
  return compact({
    Description: ('description' in node ? node.description?.value : undefined) ?? '',
    Directives: directives(node),
    OperationTypes: (node.operationTypes ?? []).map((one) => ({ Operation: one.operation, Type: one.type.name.value })),
  });
}

function directiveDefinition(node: G.DirectiveDefinitionNode): PlainObject {
  return compact({
    Description: node.description?.value ?? '',
    Name: node.name.value,
    Arguments: (node.arguments ?? []).map(field),
    Locations: node.locations.map((location) => location.value),
    IsRepeatable: node.repeatable,
  });
}

/** Of definitions and of extensions, which have the same members. */
function typeDefinition(node: G.TypeDefinitionNode): PlainObject {
  const fields: readonly (G.FieldDefinitionNode | G.InputValueDefinitionNode)[] =
    'fields' in node ? (node.fields ?? []) : [];
  return compact({
    Kind: TYPE_KINDS[node.kind.replace(/(?:Definition|Extension)$/, '')],
    Description: node.description?.value ?? '',
    Name: node.name.value,
    Directives: directives(node),
    Interfaces: ('interfaces' in node ? (node.interfaces ?? []) : []).map((one) => one.name.value),
    Fields: fields.map(field),
    Types: ('types' in node ? (node.types ?? []) : []).map((one) => one.name.value),
    EnumValues: ('values' in node ? (node.values ?? []) : []).map((one) =>
      compact({ Description: one.description?.value ?? '', Name: one.name.value, Directives: directives(one) }),
    ),
    BuiltIn: false,
  });
}

function field(node: G.FieldDefinitionNode | G.InputValueDefinitionNode): PlainObject {
  return compact({
    Description: node.description?.value ?? '',
    Name: node.name.value,
    Arguments: node.kind === 'FieldDefinition' ? (node.arguments ?? []).map(field) : [],
    DefaultValue:
      node.kind === 'InputValueDefinition' && node.defaultValue ? valueToJson(node.defaultValue) : undefined,
    Type: type(node.type),
    Directives: directives(node),
  });
}
