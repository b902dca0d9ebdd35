# METADATA
# title: x
# entrypoint: true
package authz

import data.lib
import rego.v1

default allow := false

allow if {
	lib.f(input.user)
	some r in data.roles
	r == "admin"
}
