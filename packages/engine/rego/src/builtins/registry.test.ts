import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../index.ts';
import { toJson } from '../value/json.ts';
import { BUILTINS } from './registry.ts';

const INPUT = { n: 1, f: 1.5, s: 'a', a: [1], o: { k: 1 }, neg: -2 };

/** JSON of an expression's value, `undefined`, or code and message of its fault. */
function evaluate(expression: string): string {
  const { policy, faults } = compilePolicy({
    modules: [{ file: 't.rego', text: `package t\np := x if { x := ${expression} }` }],
  });
  if (policy === undefined) return faults.map(({ code, message }) => `${code}: ${message}`).join('; ');
  try {
    const result = policy.entrypoint(['t', 'p'])?.evaluate({
      input: INPUT,
      strictBuiltinErrors: true,
      limits: { steps: 10_000_000 },
      randomBytes: (count) => new Uint8Array(count).fill(7),
    });
    return result === undefined ? 'undefined' : toJson(result);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

// Texts and results are those of `opa eval`.
describe('faults of operands', () => {
  it.each([
    ['count(input.n)', 'count: operand 1 must be one of {array, object, set, string} but got number'],
    ['sum([1, input.s])', 'sum: operand 1 must be array of numbers but got array containing string'],
    ['max(input.n)', 'max: operand 1 must be one of {set, array} but got number'],
    ['input.s - 1', 'minus: operand 1 must be one of {number, set} but got string'],
    ['{1} - input.n', 'minus: operand 2 must be set but got number'],
    ['input.s | {1}', 'or: operand 1 must be set but got string'],
    ['object.get(input.s, "a", 1)', 'object.get: operand 1 must be object but got string'],
    ['object.filter(input.o, input.n)', 'object.filter: operand 2 must be one of {object, set, array} but got number'],
    [
      'object.subset(input.o, input.a)',
      'object.subset: both arguments object.subset must be of the same type or array and set',
    ],
    ['array.slice([1], input.f, 2)', 'array.slice: operand 2 must be integer number but got floating-point number'],
    ['bits.lsh(1, input.s)', 'bits.lsh: operand 2 must be integer but got string'],
    ['bits.lsh(1, input.neg)', 'bits.lsh: operand 2 must be an unsigned integer number but got a negative integer'],
    ['to_number(input.a)', 'to_number: operand 1 must be one of {null, boolean, number, string} but got array'],
    ['format_int(15, 3)', 'format_int: operand 2 must be one of {2, 8, 10, 16}'],
    [
      'json.filter(input.o, [input.n])',
      'json.filter: operand 2 must be one of {set, array} containing string paths or array of path segments but got number',
    ],
    ['graph.reachable({}, input.s)', 'graph.reachable: operand 2 must be {array, set} but got string'],
    [
      'json.marshal_with_options(1, {"indent": input.n})',
      'json.marshal_with_options: operand 2 key "indent" failed cast to string: operand 0 must be string but got number',
    ],
    ['rand.intn("a", 1.5)', 'rand.intn: operand 2 must be integer number but got floating-point number'],
  ])('%s', (expression, message) => {
    expect(evaluate(expression)).toBe(`eval_type_error: ${message}`);
  });

  it.each([
    ['1 / (input.n - 1)', 'div: divide by zero'],
    ['1 % (input.n - 1)', 'rem: modulo by zero'],
    ['input.f % 2', 'rem: modulo on floating-point number'],
    ['to_number("abc")', 'to_number: strconv.ParseFloat: parsing "abc": invalid syntax'],
    ['numbers.range_step(1, 9, 0)', 'numbers.range_step: numbers.range_step: step must be a positive integer'],
    ['semver.compare("1.0", "1.0.0")', 'semver.compare: operand 1: string "1.0" is not a valid SemVer'],
    ['units.parse("10q")', 'units.parse: units.parse: unit q not recognized'],
    ['base64.decode("YQ=")', 'base64.decode: illegal base64 data at input byte 3'],
    ['hex.decode("zz")', "hex.decode: encoding/hex: invalid byte: U+007A 'z'"],
    ['uri.parse("http://a b/")', 'uri.parse: parse "http://a b/": invalid character " " in host name'],
    [
      'json.patch({}, [{"op": "add", "path": "a/b", "value": 1}])',
      'json.patch: path "a" does not exist in object term {}',
    ],
    [
      'json.patch([1], [{"op": "add", "path": "/01", "value": 1}])',
      'json.patch: leading zeros are not allowed in JSON paths',
    ],
    [
      'json.match_schema({}, {"type": "foo"})',
      'json.match_schema: has a primitive type that is NOT VALID -- given: /foo/ Expected valid values are:[array boolean integer number null object string]',
    ],
    ['yaml.unmarshal("a: *x")', "yaml.unmarshal: yaml: unknown anchor 'x' referenced"],
  ])('%s', (expression, message) => {
    expect(evaluate(expression)).toBe(`eval_builtin_error: ${message}`);
  });
});

describe('results', () => {
  it.each([
    ['object.subset([1, 2, 3], [2, 3])', 'true'],
    ['object.subset([{"a": 1, "b": 2}], [{"a": 1}])', 'false'],
    ['json.patch({"a": {1, 2}}, [{"op": "remove", "path": ["a", 2]}])', '{"a":[1]}'],
    ['json.remove({"a": {"": 1}}, ["//a/"])', '{"a":{}}'],
    ['json.filter({"__proto__": {"x": 1}, "y": 2}, ["__proto__/x"])', '{"__proto__":{"x":1}}'],
    ['object.union({"__proto__": {"x": 1}}, {"__proto__": {"y": 2}})', '{"__proto__":{"x":1,"y":2}}'],
    ['count([x | walk({"a": [1, {2}]}, x)])', '5'],
    ['units.parse("1.23456789012345m")', '0.0012345679'],
    ['bits.lsh(1, 100)', '1267650600228229401496703205376'],
    ['yaml.unmarshal("b: [yes, on, true, 017, 0x1F]")', '{"b":["yes","on",true,15,31]}'],
    [
      'yaml.marshal({"a": [1, {"b": "yes"}], "n": "x\\ny\\n"})',
      JSON.stringify('a:\n  - 1\n  - b: "yes"\n"n": |\n  x\n  y\n'),
    ],
    ['uuid.parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").time', '886630433151182400'],
    [
      'json.match_schema({"a": 1}, {"properties": {"a": {"type": "string"}}})[1][0].error',
      '"a: Invalid type. Expected: string, given: integer"',
    ],
  ])('%s is %s', (expression, json) => {
    expect(evaluate(expression)).toBe(json);
  });
});

describe('hostile operands', () => {
  it.each([
    ['bits.lsh(1, 1000000000)', 'bits.lsh: result of more than 65536 bits'],
    ['numbers.range(1, 1e15)', 'numbers.range: range of more than 10000000 numbers'],
    ['json.match_schema({}, {"$ref": "#"})', 'json.match_schema: schemas nested deeper than 400 levels'],
    [
      'json.match_schema({}, {"$ref": "http://example.com/x"})',
      'json.match_schema: remote reference loading disabled: http://example.com/x',
    ],
    [
      'yaml.unmarshal(sprintf("%s", [concat("", [x | some i in numbers.range(1, 3000); x := "["])]))',
      'yaml.unmarshal: yaml: nested deeper than 500 levels',
    ],
    [
      'yaml.unmarshal("a: &a [1,1,1,1,1,1,1,1,1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]")',
      'yaml.unmarshal: yaml: document contains excessive aliasing',
    ],
  ])('%s is refused', (expression, message) => {
    expect(evaluate(expression)).toBe(`eval_builtin_error: ${message}`);
  });
});

describe('BUILTINS', () => {
  it('gives every built-in by its name, and code for all that the compiler does not replace', () => {
    for (const [name, builtin] of BUILTINS) expect(builtin.name).toBe(name);
    const replaced = [...BUILTINS.values()].filter(({ evaluate }) => evaluate === undefined).map(({ name }) => name);
    expect(replaced.sort()).toEqual([
      'assign',
      'eq',
      'internal.print',
      'print',
      'rego.metadata.chain',
      'rego.metadata.rule',
    ]);
  });
});
