package main

deployment(container) := {
	"kind": "Deployment",
	"metadata": {"name": "web"},
	"spec": {"template": {"spec": {"containers": [container]}}},
}

test_memory_limit if {
	count(deny_memory_limit) == 1 with input as deployment({"name": "a"})
	limited := {"name": "a", "resources": {"limits": {"memory": "1Gi"}}}
	count(deny_memory_limit) == 0 with input as deployment(limited)
}

test_pinned_image if {
	count(deny_pinned_image) == 1 with input as deployment({"image": "nginx:latest"})
	count(deny_pinned_image) == 1 with input as deployment({"image": "nginx"})
	count(deny_pinned_image) == 0 with input as deployment({"image": "nginx:1.29"})
	count(deny_pinned_image) == 0 with input as deployment({"image": "nginx@sha256:00"})
}

test_privileged if {
	count(deny_privileged) == 1 with input as deployment({"name": "a", "securityContext": {"privileged": true}})
	["privileged"] in exception with input as deployment({}) with data.exempt.privileged as ["web"]
}

test_other_kinds_are_left_alone if {
	count(deny_memory_limit) == 0 with input as {"kind": "Service"}
	count(warn_owner) == 0 with input as {"kind": "Service"}
}
