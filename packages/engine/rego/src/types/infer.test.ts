import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUILTINS } from '../builtins/registry.ts';
import { compileModules } from '../compile/compile-modules.ts';
import type { RegoFault } from '../fault.ts';
import { formatFaults } from '../fault-format.ts';
import type { Module } from '../syntax/ast.ts';
import { parseModule } from '../syntax/parser.ts';

/** What `opa check` of OPA 1.22 says of each module. */
const GOLDEN: readonly { module: string; faults: string }[] = JSON.parse(
  readFileSync(new URL('../../testdata/type-faults.json', import.meta.url), 'utf8'),
);

function faultsOf(texts: readonly string[], schemas?: ReadonlyMap<string, unknown>): readonly RegoFault[] {
  const modules = texts.map((text, index) => {
    const { module, faults } = parseModule(text, { file: index === 0 ? 'm.rego' : `m${index}.rego` });
    expect(faults).toEqual([]);
    return module as Module;
  });
  return compileModules(modules, {
    builtins: BUILTINS,
    enablePrint: true,
    errorLimit: 0,
    ...(schemas === undefined ? {} : { schemas }),
  }).faults;
}

describe('inferTypes', () => {
  it.each(GOLDEN)('says what OPA says of $module', ({ module, faults }) => {
    expect(formatFaults(faultsOf([module]))).toBe(faults);
  });

  it('knows the input by its schema', () => {
    const schema = { type: 'object', properties: { user: { type: 'string' } } };
    const text = 'package t\n\np if input.usr == "a"\n\nq if input.user == 1\n';
    expect(formatFaults(faultsOf([text], new Map([['schema', schema]])))).toBe(
      [
        'm.rego:3: rego_type_error: undefined ref: input.usr',
        '\tinput.usr',
        '\t      ^',
        '\t      have: "usr"',
        '\t      want (one of): ["user"]',
        'm.rego:5: rego_type_error: match error',
        '\tleft  : string',
        '\tright : number',
      ].join('\n'),
    );
  });

  const SCHEMAS = new Map<string, unknown>([
    ['schema.input', { type: 'object', properties: { user: { type: 'string' }, age: { type: 'integer' } } }],
    ['schema.acl', { type: 'object', properties: { alice: { type: 'array', items: { type: 'string' } } } }],
  ]);
  const RULE = '# METADATA\n# schemas:\n#  - input: schema.input\np if input.nme\n\nq if input.nme\n';

  it.each([
    ['of a rule for that rule alone', [`package t\n\n${RULE}`], ['m.rego:6']],
    [
      'of a document for all its rules',
      [`package t\n\n${RULE.replace('# schemas', '# scope: document\n# schemas')}p if input.x\n`],
      ['m.rego:7', 'm.rego:10'],
    ],
    [
      'of a package for all its rules',
      ['# METADATA\n# schemas:\n#  - input: schema.input\npackage t\n\np if input.nme\n\nq if input.user\n'],
      ['m.rego:6'],
    ],
    [
      'of subpackages for those below',
      [
        '# METADATA\n# scope: subpackages\n# schemas:\n#  - input: schema.input\npackage t\n',
        'package t.u\n\np if input.nme\n',
        'package v\n\np if input.nme\n',
      ],
      ['m1.rego:3'],
    ],
    [
      'of a rule instead of those around it, where both say something',
      [
        '# METADATA\n# schemas:\n#  - input: schema.input\npackage t\n\n# METADATA\n# schemas:\n#  - input.age: {type: string}\np if {\n\tinput.age == 1\n\tinput.nme\n}\n\nq if input.age == "a"\n',
      ],
      ['m.rego:10', 'm.rego:11', 'm.rego:14'],
    ],
    [
      'of a base document',
      ['package t\n\n# METADATA\n# schemas:\n#  - data.acl: schema.acl\np if {\n\tdata.acl.bob\n\tdata.other.x\n}\n'],
      ['m.rego:7'],
    ],
  ])('takes schemas in annotations %s', (_, texts, places) => {
    const faults = faultsOf(texts, SCHEMAS);
    expect(faults.map(({ location }) => `${location?.file}:${location?.row}`)).toEqual(places);
  });

  it('tells of schemas that are not there', () => {
    const text = 'package t\n\n# METADATA\n# schemas:\n#  - input: schema.nope\np if input.x\n';
    expect(formatFaults(faultsOf([text]))).toBe('m.rego:6: rego_type_error: undefined schema: schema.nope');
  });

  it('reads types that double with every rule', () => {
    const rules = Array.from({ length: 60 }, (_, index) => `p${index + 1} := [p${index}, p${index}]`);
    expect(faultsOf([`package t\n\np0 := 1\n${rules.join('\n')}\nq if p60 == p59\n`])).toEqual([]);
  });

  it('compares what is nested deeply', () => {
    const nested = (item: string): string => `${'[{"a": '.repeat(60)}${item}${'}]'.repeat(60)}`;
    const text = `package t\n\np := ${nested('1')}\n\nq if p == ${nested('2')}\n\nr if p == ${nested('"x"')}\n`;
    expect(faultsOf([text]).map(({ location }) => location?.row)).toEqual([7]);
  });

  it('reads long lists of objects that are all different', () => {
    const items = Array.from({ length: 5000 }, (_, index) => `{"k${index}": ${index}}`);
    expect(faultsOf([`package t\n\np := [${items.join(', ')}]\nq := p[_].k7\n`])).toEqual([]);
  });
});
