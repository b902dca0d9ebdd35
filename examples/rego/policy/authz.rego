# METADATA
# title: Authorization
# description: Who may do what, by roles.
package authz

# METADATA
# title: May it be done?
# entrypoint: true
default allow := false

allow if {
	some role in data.roles[input.user]
	granted(role, input.action)
}

reasons contains msg if {
	not allow
	msg := sprintf("%s may not %s", [input.user, input.action])
}

granted("admin", _)

granted(role, action) if action in data.grants[role]
