import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compileGatekeeper, createInventory, templateReview } from '@sekisho/policy';
import type { PlainObject, Value } from '@sekisho/rego';
import { type LibraryCase, readGatekeeperLibrary } from '../../../conformance/lib/gatekeeper-library.ts';
import { range } from '../figures.ts';

/** One thing to evaluate again and again, in this process and by `opa bench`. */
export interface Workload {
  readonly name: string;
  readonly group: 'library' | 'rbac' | 'sets' | 'manifests';
  readonly modules: readonly { readonly file: string; readonly text: string; readonly version: 'v0' | 'v1' }[];
  readonly query: string;
  readonly data?: PlainObject;
  readonly input: Value;
  /** Decisions that one evaluation makes. Default 1. */
  readonly decisions?: number;
}

/** One sample that violates and one that doesn't, of each policy in Gatekeeper's library. */
export function libraryWorkloads(root: string): Workload[] {
  const folder = join(root, '../shared/conformance/gatekeeper-library');
  if (!existsSync(folder)) return [];
  return readGatekeeperLibrary(folder).flatMap(({ template, constraint, cases }) => {
    const [compiled] = compileGatekeeper([template, constraint], { engine: 'Rego' }).constraints;
    if (compiled?.template.code.engine !== 'Rego') return [];
    const { rego, query } = compiled.template.code;
    const isBad = (one: LibraryCase) => one.assertions.some((a) => a.violations !== false && a.violations !== 'no');
    const chosen = [cases.find(isBad), cases.find((one) => !isBad(one))].filter((one) => one !== undefined);
    return chosen.map((one) => ({
      name: one.id,
      group: 'library' as const,
      modules: [rego.source, ...rego.libs],
      query,
      data: { inventory: createInventory(one.inventory) },
      input: { review: templateReview(one.review) as PlainObject, parameters: compiled.parameters },
    }));
  });
}

/** A role-based access policy over 10,000 bindings: by scanning them, and through an object keyed by user. */
export function rbacWorkloads(): Workload[] {
  const bindings = range(10_000).map((i) => ({ user: `user-${i}`, role: `role-${i % 100}` }));
  const roles = Object.fromEntries(
    range(100).map((i) => [
      `role-${i}`,
      range(10).map((j) => ({ action: ['read', 'write', 'delete'][j % 3] as string, type: `type-${(i + j) % 50}` })),
    ]),
  );
  const byUser = Object.fromEntries(bindings.map(({ user, role }) => [user, [role]]));
  const data = { bindings, roles, by_user: byUser } as unknown as PlainObject;
  const input = { user: 'user-9950', action: 'read', type: 'type-3' };
  const policy = `package rbac

default scan := false

scan if {
	some binding in data.bindings
	binding.user == input.user
	some grant in data.roles[binding.role]
	grant.action == input.action
	grant.type == input.type
}

default keyed := false

keyed if {
	some role in data.by_user[input.user]
	some grant in data.roles[role]
	grant.action == input.action
	grant.type == input.type
}

allowed_types contains grant.type if {
	some role in data.by_user[input.user]
	some grant in data.roles[role]
}
`;
  const modules = [{ file: 'rbac.rego', text: policy, version: 'v1' as const }];
  const one = (rule: string, given: Value = input): Workload => ({
    name: `${rule}${given === input ? '' : ' (denied)'}`,
    group: 'rbac',
    modules,
    query: `data.rbac.${rule}`,
    data,
    input: given,
  });
  return [
    one('scan'),
    one('scan', { ...input, user: 'nobody' }),
    one('keyed'),
    one('keyed', { ...input, type: 'none' }),
    one('allowed_types'),
  ];
}

/** Sets, objects and comprehensions over 200 services in 20 teams. */
export function setWorkloads(): Workload[] {
  const services = range(200).map((i) => ({
    name: `service-${i}`,
    team: `team-${i % 20}`,
    ports: range(1 + (i % 4)).map((j) => 8000 + i + j),
    tags: range(5).map((j) => `tag-${(i * 7 + j * 3) % 40}`),
    needs: range(3).map((j) => `service-${(i * 13 + j * 17) % 200}`),
  }));
  const policy = `package sets

all_tags := {tag | some service in input.services; some tag in service.tags}

by_team[team] contains service.name if {
	some service in input.services
	team := service.team
}

tag_counts := {tag: count(names) |
	some tag in all_tags
	names := {service.name | some service in input.services; tag in service.tags}
}

shared contains [a.name, b.name] if {
	some i, a in input.services
	i < 40
	some j, b in input.services
	j < 40
	i < j
	ta := {tag | some tag in a.tags}
	tb := {tag | some tag in b.tags}
	count(ta & tb) >= 3
}

dependents[need] contains service.name if {
	some service in input.services
	some need in service.needs
}

alone := [service.name | some service in input.services; not dependents[service.name]]

reach := count(graph.reachable(graph_of, {"service-0"}))

graph_of[name] := needs if {
	some service in input.services
	name := service.name
	needs := service.needs
}

all_high if {
	every service in input.services {
		every port in service.ports { port >= 8000 }
	}
}

summary := {
	"tags": count(all_tags),
	"teams": {team: count(names) | some team, names in by_team},
	"union": count(union({{p | some p in service.ports} | some service in input.services})),
}
`;

  const modules = [{ file: 'sets.rego', text: policy, version: 'v1' as const }];
  return ['by_team', 'tag_counts', 'shared', 'alone', 'reach', 'all_high', 'summary'].map((rule) => ({
    name: rule,
    group: 'sets',
    modules,
    query: `data.sets.${rule}`,
    input: { services },
  }));
}

/** 1,000 Deployments and Services in one input, checked by 20 policies of the usual kind. */
export function manifestWorkloads(): Workload[] {
  const manifests = range(1000).map(manifest);
  const modules = CHECKS.map(([name, body], i) => ({
    file: `check-${i}.rego`,
    text: `package checks.${name}\n\ndeny contains msg if {\n\tsome i, manifest in input.manifests\n${body
      .map((line) => `\t${line}\n`)
      .join('')}\tmsg := sprintf("%v: %s/%s", [i, manifest.kind, manifest.metadata.name])\n}\n`,
    version: 'v1' as const,
  }));
  const all = `package checks\n\nall contains msg if {\n\tsome name\n\tsome msg in data.checks[name].deny\n}\n`;
  const collect = {
    file: 'all.rego',
    text: all.replace('package checks', 'package collected'),
    version: 'v1' as const,
  };
  return [
    {
      name: '1,000 manifests, 20 policies',
      group: 'manifests',
      modules: [...modules, collect],
      query: 'data.collected.all',
      input: { manifests },
      decisions: 20_000,
    },
  ];
}

const CONTAINER = 'some container in manifest.spec.template.spec.containers';
const CHECKS: readonly (readonly [name: string, body: readonly string[]])[] = [
  ['latest', [CONTAINER, 'endswith(container.image, ":latest")']],
  ['registry', [CONTAINER, 'not startswith(container.image, "registry.example/")']],
  ['limits', [CONTAINER, 'not container.resources.limits.memory']],
  ['requests', [CONTAINER, 'not container.resources.requests.cpu']],
  ['privileged', [CONTAINER, 'container.securityContext.privileged == true']],
  [
    'root',
    [
      CONTAINER,
      'not container.securityContext.runAsNonRoot',
      'not manifest.spec.template.spec.securityContext.runAsNonRoot',
    ],
  ],
  [
    'capabilities',
    [
      CONTAINER,
      'some capability in container.securityContext.capabilities.add',
      'not capability in {"NET_BIND_SERVICE", "CHOWN"}',
    ],
  ],
  ['readonly', [CONTAINER, 'object.get(container, ["securityContext", "readOnlyRootFilesystem"], false) == false']],
  ['probe', ['manifest.kind == "Deployment"', CONTAINER, 'not container.readinessProbe']],
  ['replicas', ['manifest.kind == "Deployment"', 'manifest.spec.replicas < 2']],
  ['owner', ['not manifest.metadata.labels.owner']],
  ['label_value', ['some value in manifest.metadata.labels', 'not regex.match(`^[a-z0-9-]+$`, value)']],
  ['name', ['count(manifest.metadata.name) > 40']],
  ['namespace', ['manifest.metadata.namespace == "default"']],
  ['node_port', ['manifest.kind == "Service"', 'manifest.spec.type == "NodePort"']],
  ['low_port', ['manifest.kind == "Service"', 'some port in manifest.spec.ports', 'port.port < 80']],
  [
    'selector',
    [
      'manifest.kind == "Deployment"',
      'some key, value in manifest.spec.selector.matchLabels',
      'manifest.spec.template.metadata.labels[key] != value',
    ],
  ],
  ['host', ['some field in ["hostNetwork", "hostPID", "hostIPC"]', 'manifest.spec.template.spec[field] == true']],
  ['volumes', ['some volume in manifest.spec.template.spec.volumes', 'volume.hostPath']],
  ['memory', [CONTAINER, 'units.parse_bytes(container.resources.limits.memory) > 1000000000']],
];

function manifest(i: number): Value {
  const name = `app-${i}`;
  const metadata = {
    name,
    namespace: i % 50 === 0 ? 'default' : `team-${i % 20}`,
    labels: { app: name, ...(i % 7 === 0 ? {} : { owner: 'team' }) },
  };
  if (i % 3 === 0) {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: i % 30 === 0 ? 'NodePort' : 'ClusterIP',
        selector: { app: name },
        ports: [{ port: 80 + (i % 5), name: 'http' }],
      },
    };
  }
  const container = (j: number) => ({
    name: `c${j}`,
    image: `${i % 11 === 0 ? 'other.example' : 'registry.example'}/${name}:${i % 13 === 0 ? 'latest' : `1.${i}`}`,
    env: range(5).map((k) => ({ name: `VAR_${k}`, value: String(k) })),
    resources:
      i % 5 === 0 ? {} : { limits: { memory: `${128 + i}Mi`, cpu: '1' }, requests: { memory: '128Mi', cpu: '100m' } },
    securityContext: {
      runAsNonRoot: i % 4 !== 0,
      readOnlyRootFilesystem: true,
      ...(i % 90 === 0 ? { privileged: true } : {}),
    },
    readinessProbe: { httpGet: { path: '/', port: 8080 } },
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1 + (i % 3),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [container(0), container(1)], volumes: [{ name: 'tmp', emptyDir: {} }] },
      },
    },
  };
}
