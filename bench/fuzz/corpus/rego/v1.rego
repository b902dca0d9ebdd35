# METADATA
# title: Example
# custom:
#  level: 1
package a.b["c-d"]

import rego.v1
import data.lib as lib
import input.request

default allow := false

allow if {
	request.user == "bob"
	not denied
}

allow if some r in data.roles[input.user]

denied if {
	some i, c in input.containers
	startswith(c.image, `bad\`)
	every p in c.ports { p > 1024; p < 65536 }
}

set contains x if x := input.xs[_]

obj[k] := v if some k, v in input.m

deep.er[x].y contains z if {
	some x, z in input.pairs
}

f(x, [a, {"k": b}]) := y if {
	y := (x * a) + b
} else := 0 if x == null

grouped := {k: count(vs) | some k, _ in input.groups; vs := [v | v := input.groups[k][_]]}

sprintfs := sprintf("%v %d %s %5.2f %q", [set, 1, "s", 1.5, {"a": {1, 2}}])

overridden if allow with input.user as "x" with data.roles as {"x": ["r"]} with count as 3

text := $"a {input.x} {1 + 2}"

walked contains p if walk(input, [p, 1])

