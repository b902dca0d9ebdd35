# METADATA
# title: x
# entrypoint: true
package authz
import   rego.v1
import data.lib
default allow = false
allow if { lib.f(input.user)
  some r in data.roles
  r == "admin" }
