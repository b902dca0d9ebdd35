package k8s

import future.keywords.in

violation[{"msg": msg, "details": {}}] {
	container := input_containers[_]
	not startswith(container.image, "registry/")
	msg := sprintf("bad image %v", [container.image])
}

input_containers[c] { c := input.review.object.spec.containers[_] }
input_containers[c] { c := input.review.object.spec.initContainers[_] }

m[k] = v { v := data.inventory.namespace[ns][_][k]; ns != "kube-system" }

f(x) = y { y := lower(x) } else = "none" { true }

p { x := {1, 2, 3}; y = {1} | x; count(y & x) >= 1; re_match("^a+$", "aaa") } { 1 in [1, 2] }

q = [a | a := numbers.range(1, 10)[_]; a % 2 == 0]
