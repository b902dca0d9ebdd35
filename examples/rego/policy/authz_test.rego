package authz

test_allow[name] if {
	some name, row in {
		"an admin may all": {"user": "ana", "action": "delete", "allow": true},
		"a developer may deploy": {"user": "dan", "action": "deploy", "allow": true},
		"a developer may not delete": {"user": "dan", "action": "delete", "allow": false},
		"a stranger may nothing": {"user": "eve", "action": "read", "allow": false},
	}
	allow == row.allow with input as row
}

test_reason if reasons == {"eve may not read"} with input as {"user": "eve", "action": "read"}
