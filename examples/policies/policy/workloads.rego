# METADATA
# title: Workloads
# description: What every Deployment and StatefulSet must have.
package main

import data.exempt

# METADATA
# title: Memory limits
# description: A container without a memory limit can take the memory of its whole node.
deny_memory_limit contains msg if {
	some container in containers
	not container.resources.limits.memory
	msg := sprintf("container %q has no memory limit", [container.name])
}

# METADATA
# title: Pinned images
# description: A tag that moves makes a rollback a guess.
deny_pinned_image contains {"msg": msg, "image": container.image} if {
	some container in containers
	not is_pinned(container.image)
	msg := sprintf("the image %s has no tag that stays", [container.image])
}

# METADATA
# title: Privileged containers
deny_privileged contains msg if {
	some container in containers
	container.securityContext.privileged
	msg := sprintf("container %q is privileged", [container.name])
}

# METADATA
# title: Owner
warn_owner contains msg if {
	is_workload
	not input.metadata.labels["app.kubernetes.io/part-of"]
	msg := sprintf("%s says nothing about what it is part of", [input.metadata.name])
}

# Applications that data/exempt.yaml names may be privileged.
exception contains ["privileged"] if input.metadata.name in exempt.privileged

containers contains container if {
	is_workload
	some container in input.spec.template.spec.containers
}

is_workload if input.kind in {"Deployment", "StatefulSet"}

is_pinned(image) if contains(image, "@sha256:")

is_pinned(image) if {
	[_, tag] := split(image, ":")
	tag != "latest"
}
