import { expect, it } from 'vitest';
import { compilePolicy } from '../policy.ts';
import { neededDocuments } from './needed-documents.ts';

const MODULE = `package p

import data.lib

a if input.user.roles[_] == "x"

b if {
	a
	input.user
	input.user.name == "z"
}

c contains x if {
	x := data.things[_].name
	data.other[x].y
}

f(x) := lib.g(x) + input.arg

e := f(1)

h if every r in input.rs {
	r.z == data.zz
}

k := {v | v := input["x-y"][input.idx]}

l := 1 if input == 1

else := data.otherwise if a

default l := 0
`;
const { policy } = compilePolicy({
  modules: [
    { file: 'p.rego', text: MODULE },
    { file: 'lib.rego', text: 'package lib\n\ng(x) := x + data.glob\n' },
  ],
});

it.each([
  ['data.p.a', 'input.user.roles', 'data.p.a'],
  ['data.p.b', 'input.user input.user.roles', 'data.p.a data.p.b'],
  ['data.p.c', 'data.other data.things', 'data.p.c'],
  ['data.p.e', 'data.glob input.arg', 'data.lib.g data.p.e data.p.f'],
  ['data.p.h', 'data.zz input.rs', 'data.p.h'],
  ['data.p.k', 'input.idx input.x-y', 'data.p.k'],
  ['data.p.l', 'data.otherwise input input.user.roles', 'data.p.a data.p.l'],
  ['data.lib', 'data.glob', 'data.lib.g'],
  ['data.nothing.x; input.foo', 'data.nothing.x input.foo', ''],
  ['1 + 1', '', ''],
])('neededDocuments of %s are the ones that opa deps lists', (text, base, virtual) => {
  const { query } = policy?.prepareQuery(text) ?? {};
  if (policy === undefined || query === undefined) throw new Error('it does not compile');
  const needed = neededDocuments(policy.compiled, query.compiled);
  expect(needed.base.map((path) => path.join('.')).join(' ')).toBe(base);
  expect(needed.virtual.map((path) => path.join('.')).join(' ')).toBe(virtual);
});
