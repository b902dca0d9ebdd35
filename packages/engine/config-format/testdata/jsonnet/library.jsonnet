local Base = { name:: 'x', full: self.name + '!', list: [1], sub: { a: 1, b: self.a } };
local f(x, y=x + 1) = [x, y];
{
  a: Base { name: 'y', list+: [2], sub+: { a: 5 } },
  b: f(1), c: f(y=1, x=2),
  d: std.foldl(function(acc, x) acc + x, [1, 2, 3], 0),
  e: std.format('%05d|%-5s|%.2f|%x|%s|%%', [1, 'a', 1.005, 255, null]),
  g: 'a%sb%03d' % ['x', 7], h: '%(k)s-%(n)d' % { k: 'v', n: 3 },
  i: [x + y for x in [1, 2] for y in [10, 20] if x + y != 12],
  j: { ['k' + k]: k for k in ['a', 'b'] },
  k: std.sort([3, 1, 2]), l: std.set(['b', 'a', 'b']), m: std.uniq([1, 1, 2]),
  n: std.split('a,b', ','), o: std.strReplace('aXb', 'X', '-'), p: std.asciiUpper('ab'),
  q: std.objectFields(Base), r: std.objectHas(Base, 'name'), s: std.objectHasAll(Base, 'name'),
  t: std.mergePatch({ a: 1, b: { c: 2 } }, { b: { c: null, d: 3 } }),
  u: std.manifestJsonEx({ a: [1, {}], b: [] }, '  '), v: std.toString({ a: [1, 0.1] }), w: std.base64('hi'),
  x: [1, 2, 3, 4][1:3], y: 'hello'[1:], z: 'hello'[0],
  aa: if std.isString('x') then 'yes', bb: std.length({ a: 1, b:: 2 }),
  cc: std.range(1, 3), dd: std.repeat('ab', 2), ee: std.makeArray(2, function(i) i * i),
  ff: std.parseInt('12') + std.parseJson('{"a": [1]}').a[0], gg: 7 % 3 + 10 / 4 - (1 << 3), hh: !true || 1 < 2 && 'a' < 'b',
  jj: { local q = 3, r: q, assert self.r == 3 : 'no', s: $.d },
  kk: std.prune({ a: null, b: [], c: { d: null }, e: 1 }), ll: std.get(Base, 'zz', 'def'), mm: 'f' in Base, nn: [] + [1],
  oo: @'raw\n', pp: std.map(function(x) x * 2, [1, 2]), qq: std.filter(function(x) x > 1, [1, 2]), rr: std.join('-', ['a', 'b']),
  ss: std.trim('  a '), tt: std.substr('hello', 1, 3), uu: std.startsWith('ab', 'a'), vv: std.reverse([1, 2]), ww: { a: 1 } == { a: 1 },
  xx: std.setUnion([1, 2], [2, 3]), yy: std.setInter([1, 2], [2, 3]), zz: std.setDiff([1, 2], [2, 3]), pow: std.pow(2, 10), fl: 1e3, neg: -5 + +3,
  txt: |||
    a
      b

    c
  |||,
  mi: std.mapWithIndex(function(i, x) i + x, [5, 6]), kv: std.objectKeysValues({ a: 1 }), sum: std.sum([1, 2]), member: std.member([1], 1), 'find': std.find(1, [1, 2, 1]),
}
