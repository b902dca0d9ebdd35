package builtins

r contains regex.replace("(a+)+b", input.s, "$1")
r contains regex.find_n(`[a-z]{1,3}\d*`, input.s, -1)
r contains glob.match("{a,b}*.*", [".", "/"], input.s)
r contains time.parse_ns("2006-01-02T15:04:05Z07:00", "2020-02-30T00:00:00Z")
r contains net.cidr_expand("10.0.0.0/28")
r contains json.patch(input, [{"op": "add", "path": "/a/b", "value": 1e400}])
r contains object.union_n([input, {"__proto__": {"x": 1}}, {"constructor": null}])
r contains base64.decode(input.s)
r contains yaml.unmarshal(input.s)
r contains json.unmarshal(input.s)
r contains bits.lsh(1, 100)
r contains 123456789012345678901234567890 % 7
r contains -0.1 + 0.2
r contains units.parse("10Ki") / 3
r contains semver.compare("1.0.0-a", "1.0.0")
r contains graph.reachable({"a": ["b"], "b": ["a"]}, {"a"})
r contains io.jwt.decode("a.b.c")
r contains strings.replace_n({"<": "&lt;"}, input.s)
r contains array.slice([1, 2, 3], -1, 100)
r contains sum([x | some x in numbers.range(1, 100)])
