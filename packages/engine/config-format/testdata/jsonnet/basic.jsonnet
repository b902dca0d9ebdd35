local f(x, y=2) = x + y;
local o = { a: 1, b: self.a + 1, c:: 3, [if true then 'd']: $.b };
{ o: o, s: f(1), l: [x * 2 for x in [1, 2, 3] if x > 1], m: o { a: 5 }, str: "a%s" % "b", std: std.length("abc"), t: |||
  text
    more
|||, std2: std.map(function(x) x + 1, [1, 2]), n: null, 'if': if 1 > 2 then 1 else 2, nested+: { z: 1 }, u: std.join(",", ["a", "b"]) }
