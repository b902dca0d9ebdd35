import { parseYamlDocuments } from '@sekisho/base';
import { goFunction, isMap, type TemplateFunction, TemplateFunctionError, type Value } from '@sekisho/gotemplate';
import { goYamlMessage } from '../chart/yaml-fault.ts';
import { JsonFault, writeJson } from './go-json.ts';
import { writeYaml } from './go-yaml.ts';
import { jsonFault } from './json-fault.ts';
import { checkLength } from './limits.ts';

const ANY = 'interface {}';

/** The plain function gives '' where its `must` twin fails. */
function encoder(name: string, write: (value: Value) => string): Record<string, TemplateFunction> {
  const strict = (value: Value): string => {
    try {
      return write(value);
    } catch (error) {
      throw error instanceof JsonFault ? new TemplateFunctionError(error.message) : error;
    }
  };
  const lenient = (value: Value): string => {
    try {
      return write(value);
    } catch (error) {
      if (error instanceof JsonFault) return '';
      throw error;
    }
  };
  return {
    [name]: goFunction([ANY], lenient),
    [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`]: goFunction([ANY], strict),
  };
}

/** A text that can't be read as what was asked for. */
class DecodeFault extends Error {}

function decodeJson(text: string): Value {
  checkLength(text.length);
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeFault(jsonFault(text));
  }
}

/** The first document; equal keys: the last one counts, as in Helm. */
function decodeYaml(text: string): Value {
  // What `toYaml` makes of nothing: charts merge it all the time, and the parser is slow to see that it is nothing.
  if (/^[ \n]*(?:null)?[ \n]*$/.test(text)) return null;
  const { documents, diagnostics } = parseYamlDocuments(text, { file: '', duplicateKeys: 'warning' });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  // What stands behind the first document is not looked at.
  const isBehind = (documents[0]?.origin.line ?? Infinity) < (fault?.origin?.line ?? 0);
  if (fault !== undefined && !isBehind) {
    throw new DecodeFault(`error converting YAML to JSON: ${goYamlMessage(fault, text)}`);
  }
  return floats(documents[0]?.value ?? null);
}

/** All numbers as float64, as they come out of JSON; what JSON has not is a fault. */
function floats(value: Value): Value {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new DecodeFault(
      `error converting YAML to JSON: json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`,
    );
  }
  if (Array.isArray(value)) return value.map(floats);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, floats(item)]));
}

function jsonKind(value: Value): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return isMap(value) ? 'object' : typeof value;
}

/** A map, or one with the key `Error`. */
function toMap(decode: (text: string) => Value, prefix: string): (text: string) => Value {
  return (text) => {
    try {
      const value = decode(text);
      if (value === null) return {};
      if (isMap(value)) return value;
      return {
        Error: `${prefix}json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`,
      };
    } catch (error) {
      if (error instanceof DecodeFault) return { Error: error.message };
      throw error;
    }
  };
}

/** A list, or one that holds what is wrong. */
function toList(decode: (text: string) => Value, prefix: string): (text: string) => Value {
  return (text) => {
    try {
      const value = decode(text);
      if (value === null) return [];
      if (Array.isArray(value)) return value;
      return [`${prefix}json: cannot unmarshal ${jsonKind(value)} into Go value of type []interface {}`];
    } catch (error) {
      if (error instanceof DecodeFault) return [error.message];
      throw error;
    }
  };
}

function withoutLastBreak(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

const YAML_PREFIX = 'error unmarshaling JSON: while decoding JSON: ';

export const dataFunctions: Readonly<Record<string, TemplateFunction>> = {
  ...encoder('toYaml', (value) => withoutLastBreak(writeYaml(value))),
  toYamlPretty: goFunction([ANY], (value: Value) => withoutLastBreak(writeYaml(value, { indentsLists: true }))),
  ...encoder('toJson', (value) => writeJson(value)),
  ...encoder('toPrettyJson', (value) => writeJson(value, { indent: '  ' })),
  ...encoder('toRawJson', (value) => writeJson(value, { escapesHtml: false })),
  fromJson: goFunction(['string'], toMap(decodeJson, '')),
  mustFromJson: goFunction(['string'], (text: string) => {
    try {
      return decodeJson(text);
    } catch (error) {
      throw error instanceof DecodeFault ? new TemplateFunctionError(error.message) : error;
    }
  }),
  fromJsonArray: goFunction(['string'], toList(decodeJson, '')),
  fromYaml: goFunction(['string'], toMap(decodeYaml, YAML_PREFIX)),
  fromYamlArray: goFunction(['string'], toList(decodeYaml, YAML_PREFIX)),
};
