import {
  compilePolicy,
  formatModule,
  type Module,
  type PlainObject,
  parseJson,
  parseModule,
  RegoEvaluationError,
  type RegoVersion,
  toJson,
} from '@sekisho/rego';
import type { Run } from '../shape.ts';
import { fuzz } from './lib/fuzz.ts';
import type { Random } from './lib/random.ts';

const FRAGMENTS = [
  ...[
    '\n',
    '\t',
    ' ',
    ';',
    ',',
    ':',
    '.',
    '|',
    '&',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '[]',
    '{}',
    'set()',
    '_',
    '#',
    '"',
    '`',
  ],
  ...[
    ' := ',
    ' = ',
    ' == ',
    ' != ',
    ' < ',
    ' >= ',
    ' + ',
    ' - ',
    ' * ',
    ' / ',
    ' % ',
    ' in ',
    ' if ',
    ' contains ',
    '-',
  ],
  ...[
    'not ',
    'some ',
    'every ',
    'default ',
    'else ',
    'with input as ',
    ' with data.a as ',
    'import ',
    'package p\n',
    ' as ',
  ],
  ...[
    'true',
    'false',
    'null',
    '0',
    '1',
    '-1',
    '1e400',
    '0.1',
    '12345678901234567890',
    '"a"',
    '"\\u00e9"',
    '`raw`',
    '"😀"',
  ],
  ...[
    'input',
    'data',
    'input.x',
    'data.a.b',
    'x',
    'y',
    'x[_]',
    'f(x)',
    'count(x)',
    'walk(input, [p, v])',
    'p[x] { x := 1 }',
  ],
  ...[
    'p if { ',
    'q contains x if { ',
    'r[x].y := z if { ',
    '[x | x := input[_]]',
    '{x | some x in y}',
    '{k: v | some k, v in x}',
  ],
  ...[
    '$"a {x}"',
    '__proto__',
    'constructor',
    '"__proto__"',
    'numbers.range(0, 1000000000)',
    'import rego.v1\n',
    '# METADATA\n# title: x\n',
  ],
  ...[
    'regex.match("(a*)*b", x)',
    'sprintf("%1000000000d", [1])',
    'print(x)',
    'rego.metadata.rule()',
    'every x in y { x > 1 }',
  ],
];
const INPUTS = [
  '{"x":1,"xs":[1,"a",null,{"b":[]}],"user":"bob","containers":[{"image":"bad\\\\x","ports":[80,8080]}],"m":{"a":1,"b":{"c":2}},"s":"aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}',
  '{"__proto__":{"polluted":true},"constructor":1,"groups":{"a":[1,2],"b":[3]},"pairs":[0,1,2],"s":"[1,{\\"a\\":1.50}]"}',
  '[[[[[[[[1]]]]]]]]',
  '12345678901234567890.5',
  'null',
];
/** Steps of one evaluation: what loops over 10^9 combinations ends here. */
const STEPS = 20_000;

/**
 * No module, however broken, does anything but compile or give faults with code and position; what compiles evaluates to a
 * value or a coded error, within its budget; and formatting a module changes nothing of its syntax tree.
 */
export const run: Run = (options) =>
  fuzz(options, 'rego', FRAGMENTS, (text, random) => {
    const version = random.pick<RegoVersion>(['v0', 'v1']);
    const { module, faults } = parseModule(text, { file: 'fuzz.rego', version });
    if (module === undefined) return faults.length > 0 ? undefined : 'neither a module nor a fault';
    return checkFormat(module) ?? checkEvaluation(text, version, random);
  });

function checkFormat(module: Module): string | undefined {
  const written = formatModule(module);
  const again = parseModule(written, { file: 'fuzz.rego', version: module.version });
  if (again.module === undefined) return `what was formatted does not parse: ${again.faults[0]?.message}\n${written}`;
  const [before, after] = [meaning(module), meaning(again.module)];
  return before === after ? undefined : `formatting changed the tree\n${written}\n${before}\n${after}`;
}

/** Of a syntax tree: places, and what formatting may write in another way. */
const APPEARANCE = new Set([
  'location',
  'generated',
  'generatedBody',
  'generatedValue',
  'assign',
  'raw',
  'infix',
  'annotations',
]);

function meaning({ rules, imports, package: { path } }: Module): string {
  return JSON.stringify(
    { path, imports: [...imports].map(({ path: from, alias }) => JSON.stringify([from, alias], shown)).sort(), rules },
    shown,
  );
}

function shown(key: string, value: unknown): unknown {
  if (APPEARANCE.has(key)) return undefined;
  return typeof value === 'string' && /^\$\d+$/.test(value) ? '_' : value;
}

function checkEvaluation(text: string, version: RegoVersion, random: Random): string | undefined {
  const data = { a: { b: { x: [1, 2, 3] } }, roles: { bob: ['admin'] } } as PlainObject;
  const { policy, faults } = compilePolicy({ modules: [{ file: 'fuzz.rego', text, version }], data });
  if (policy === undefined) return faults.length > 0 ? undefined : 'neither a policy nor a fault';
  const query = policy.prepareQuery('x = data').query;
  if (query === undefined) return 'the query of everything does not compile';
  try {
    const results = query.evaluate({
      input: parseJson(random.pick(INPUTS)),
      limits: { steps: STEPS, members: STEPS },
      nowNs: 1_700_000_000_000_000_000n,
      randomBytes: (count) => new Uint8Array(count).fill(7),
      strictBuiltinErrors: random.below(4) === 0,
    });
    for (const { bindings } of results) parseJson(toJson(bindings['x'] ?? null));
  } catch (error) {
    if (!(error instanceof RegoEvaluationError)) throw error;
  }
  return ({} as Record<string, unknown>)['polluted'] === undefined ? undefined : 'Object.prototype was changed';
}
