/**
 * Writes packages/model/kube/src/builtin/{types,descriptions}.generated.ts. Run by hand after the reference changed, with the
 * folder that holds the Go modules k8s.io/api and k8s.io/apimachinery of one version
 * (`go mod download k8s.io/api@v0.35.0 …`; the folder is `$(go env GOMODCACHE)/k8s.io`):
 *
 *     npx tsx tools/generate-kube-types.ts FOLDER v0.35.0
 *
 * Reads the field facts of Kubernetes' built-in types (../shared/reference/kubernetes-types.json). For `kubectl explain` it takes
 * the descriptions that those modules carry (Apache-2.0), and of what they do not hold those of @kubernetes/client-node.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extensionTypes } from '../packages/model/kube/src/builtin/extension-types.ts';
import { metaTypes } from '../packages/model/kube/src/builtin/meta-types.ts';
import { alwaysWritten, optionalZeroDropped, pointerStrings } from './kube-go-zero-values.ts';

type SourceType = string | { list: SourceType } | { map: SourceType } | { ref: string };
interface SourceField {
  type: SourceType;
  required?: boolean;
  default?: string;
  listType?: string;
  listMapKeys?: string[];
  mapType?: string;
  structType?: string;
  patchStrategy?: string;
  patchMergeKey?: string;
}
interface SourceStruct {
  fields: Record<string, SourceField>;
  inline?: string[];
  structType?: string;
  kind?: string;
}
interface Source {
  source: string;
  types: Record<string, SourceStruct>;
  aliases: Record<string, { type: SourceType; values?: string[] }>;
}

/** The groups that a 1.35 API server serves by default, by folder of k8s.io/api. */
const servedGroups = [
  'admissionregistration/v1',
  'apps/v1',
  'authentication/v1',
  'authorization/v1',
  'autoscaling/v1',
  'autoscaling/v2',
  'batch/v1',
  'certificates/v1',
  'coordination/v1',
  'core/v1',
  'discovery/v1',
  'events/v1',
  'flowcontrol/v1',
  'networking/v1',
  'node/v1',
  'policy/v1',
  'rbac/v1',
  'resource/v1',
  'scheduling/v1',
  'storage/v1',
];
/** Top-level types that the reference does not mark as kinds, since they live only in subresources. */
const subresourceKinds = ['core/v1.Binding', 'autoscaling/v1.Scale', 'authentication/v1.TokenRequest'];
/** String types whose constants are examples: any other value is as good. */
const openAliases = new Set([
  'core/v1.ResourceName',
  'core/v1.FinalizerName',
  'core/v1.SecretType',
  'core/v1.StorageMedium',
  'core/v1.NamespaceConditionType',
  'core/v1.NodeConditionType',
  'core/v1.NodeAddressType',
  'core/v1.PodConditionType',
  'core/v1.PersistentVolumeClaimConditionType',
  'core/v1.ComponentConditionType',
  'core/v1.ReplicationControllerConditionType',
  'core/v1.ClaimResourceStatus',
  'apps/v1.DeploymentConditionType',
  'apps/v1.ReplicaSetConditionType',
  'batch/v1.JobConditionType',
  'autoscaling/v1.HorizontalPodAutoscalerConditionType',
  'autoscaling/v2.HorizontalPodAutoscalerConditionType',
  'certificates/v1.RequestConditionType',
  'certificates/v1.KeyUsage',
  'core/v1.IPFamily',
  'core/v1.LimitType',
]);

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'packages/model/kube/src/builtin');
const source = JSON.parse(
  readFileSync(join(root, '../shared/reference/kubernetes-types.json'), 'utf8'),
) as unknown as Source;

const [modules = '', modulesVersion = ''] = process.argv.slice(2);
if (!existsSync(join(modules, `api@${modulesVersion}`)))
  throw new Error('give the folder of the Go modules and their version');
const goFiles = new Map<string, string>();

const structs = new Map<string, string>();
const enums = new Map<string, readonly string[]>();
const pending: string[] = subresourceKinds.slice();
for (const [name, type] of Object.entries(source.types)) {
  if (type.kind !== undefined && servedGroups.includes(name.slice(0, name.indexOf('.')))) pending.push(name);
}
for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
  if (!structs.has(name)) structs.set(name, encodeStruct(name));
}

writeFileSync(join(target, 'types.generated.ts'), renderTypes());
writeFileSync(join(target, 'descriptions.generated.ts'), renderDescriptions());

function encodeStruct(name: string): string {
  const fields = new Map<string, SourceField & { owner: string }>();
  let atomic = false;
  const collect = (structName: string): void => {
    if (structName === 'metav1.TypeMeta') return;
    const struct = source.types[structName];
    if (struct === undefined) throw new Error(`no type ${structName}`);
    if (struct.structType === 'atomic') atomic = true;
    for (const inlined of struct.inline ?? []) collect(inlined);
    for (const [field, spec] of Object.entries(struct.fields)) fields.set(field, { ...spec, owner: structName });
  };
  collect(name);
  const encoded: Record<string, unknown> = {};
  for (const [field, spec] of [...fields].sort(([a], [b]) => (a < b ? -1 : 1))) {
    encoded[field] = encodeField(spec.owner, field, spec);
  }
  const struct = source.types[name];
  return JSON.stringify({
    ...(struct?.inline?.includes('metav1.TypeMeta') ? { kind: 1 } : {}),
    ...(atomic && struct?.structType === 'atomic' ? { atomic: 1 } : {}),
    f: encoded,
  });
}

/** A bare type string, or a tuple of type and attributes when there are some. */
function encodeField(owner: string, field: string, spec: SourceField): unknown {
  const type = encodeType(spec.type);
  const attributes: Record<string, unknown> = {};
  if (spec.required) attributes['r'] = 1;
  if (spec.default !== undefined) attributes['d'] = resolveDefault(type, spec.default);
  if (spec.listType !== undefined) attributes['l'] = spec.listType;
  if (spec.listMapKeys !== undefined) attributes['k'] = spec.listMapKeys;
  if (spec.mapType !== undefined) attributes['m'] = spec.mapType;
  if (spec.structType !== undefined) attributes['s'] = spec.structType;
  if (spec.patchStrategy !== undefined) attributes['ps'] = spec.patchStrategy;
  if (spec.patchMergeKey !== undefined) attributes['pk'] = spec.patchMergeKey;
  if (dropsZero(owner, field, spec, type)) attributes['z'] = 1;
  return Object.keys(attributes).length === 0 ? type : [type, attributes];
}

/** Whether Go's encoder leaves the field out when it holds the type's zero value (`omitempty` on something that is no pointer). */
function dropsZero(owner: string, field: string, spec: SourceField, type: string): boolean {
  if (spec.required || alwaysWritten.has(`${owner}.${field}`)) return false;
  if (type.startsWith('[') || type.startsWith('{')) return true;
  const scalar = /^[=~]/.test(type) ? 'string' : type;
  if (scalar === 'string' || scalar === 'string:byte') {
    return !pointerStrings.has(field) && !pointerStrings.has(`${owner}.${field}`);
  }
  if (scalar.startsWith('integer') || scalar === 'boolean') {
    return (
      optionalZeroDropped.has(`${owner}.${field}`) ||
      (owner.endsWith('Status') && optionalZeroDropped.has(`*Status.${field}`))
    );
  }
  return false;
}

function encodeType(type: SourceType): string {
  if (typeof type === 'string') return type;
  if ('list' in type) return `[${encodeType(type.list)}`;
  if ('map' in type) return `{${encodeType(type.map)}`;
  const alias = source.aliases[type.ref];
  if (alias !== undefined) {
    if (alias.type !== 'string') return encodeType(alias.type);
    if (alias.values === undefined || openAliases.has(type.ref)) return `~${type.ref}`;
    enums.set(type.ref, [...alias.values].sort());
    return `=${type.ref}`;
  }
  if (!type.ref.startsWith('metav1.')) pending.push(type.ref);
  return type.ref;
}

function resolveDefault(type: string, text: string): unknown {
  const reference = /^ref\((\w+)\)$/.exec(text);
  if (reference !== null) {
    const values: Record<string, string> = {
      AzureDataDiskCachingReadWrite: 'ReadWrite',
      AzureSharedBlobDisk: 'Shared',
    };
    const value = values[reference[1] ?? ''];
    if (value === undefined) throw new Error(`unknown default ${text}`);
    return value;
  }
  if (type.startsWith('integer')) return Number(text.replaceAll('"', ''));
  if (type === 'boolean') return text.includes('true');
  return text.replaceAll('"', '');
}

function renderTypes(): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = [
    '// Written by tools/generate-kube-types.ts. Do not edit.',
    `// Facts about the fields of ${source.source}: a JSON text per type, read when the type is first asked for (see type-data.ts).`,
    '',
    'export const structData: Readonly<Record<string, string>> = {',
    ...[...structs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, data]) => `  ${quote(name)}: ${quote(data)},`),
    '};',
    '',
    'export const enumData: Readonly<Record<string, readonly string[]>> = {',
    ...[...enums]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, values]) => `  ${quote(name)}: [${values.map(quote).join(', ')}],`),
    '};',
    '',
  ];
  return lines.join('\n');
}

function renderDescriptions(): string {
  const models = join(root, 'node_modules/@kubernetes/client-node/dist/gen/models');
  const available = new Set(readdirSync(models).filter((file) => file.endsWith('.d.ts')));
  const lines: string[] = [];
  const missing: string[] = [];
  for (const name of [...structs.keys(), ...Object.keys(metaTypes), ...Object.keys(extensionTypes)].sort()) {
    const file = modelFile(available, name);
    const described = {
      ...(file === undefined ? {} : readDescriptions(readFileSync(join(models, file), 'utf8'))),
      ...describedInGo(name),
    };
    if (Object.keys(described).length === 0) missing.push(name);
    else lines.push(`  ${JSON.stringify(name)}: ${JSON.stringify(JSON.stringify(described))},`);
  }
  console.log(`${structs.size} types, ${enums.size} enums; no description for: ${missing.join(' ')}`);
  return [
    '// Written by tools/generate-kube-types.ts. Do not edit.',
    `// Descriptions of the Kubernetes API by the Kubernetes authors (Apache-2.0), from k8s.io/api ${modulesVersion}.`,
    '// A JSON text per type: the key "" describes the type itself.',
    '',
    'export const descriptionData: Readonly<Record<string, string>> = {',
    ...lines,
    '};',
    '',
  ].join('\n');
}

/** Descriptions of a type and of what is inlined in it, in the Go modules. */
function describedInGo(name: string): Record<string, string> {
  const described: Record<string, string> = {};
  const collect = (structName: string): void => {
    for (const inlined of source.types[structName]?.inline ?? []) {
      if (inlined !== 'metav1.TypeMeta') collect(inlined);
    }
    Object.assign(described, goDescriptions(structName));
  };
  collect(name);
  return described;
}

function goDescriptions(name: string): Record<string, string> {
  const dot = name.indexOf('.');
  const owner = name.slice(0, dot);
  const path =
    owner === 'metav1' ? `apimachinery@${modulesVersion}/pkg/apis/meta/v1` : `api@${modulesVersion}/${owner}`;
  const file = join(modules, path, 'types_swagger_doc_generated.go');
  if (!existsSync(file)) return {};
  let text = goFiles.get(file);
  if (text === undefined) {
    text = readFileSync(file, 'utf8');
    goFiles.set(file, text);
  }
  const body = new RegExp(`^var map_${name.slice(dot + 1)} = map\\[string\\]string\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(
    text,
  )?.[1];
  const described: Record<string, string> = {};
  // A Go string literal of these files is a JSON one.
  for (const line of (body ?? '').matchAll(/^\t("(?:[^"\\]|\\.)*"):\s*("(?:[^"\\]|\\.)*"),$/gm)) {
    described[JSON.parse(line[1] ?? '""') as string] = JSON.parse(line[2] ?? '""') as string;
  }
  return described;
}

function modelFile(available: ReadonlySet<string>, name: string): string | undefined {
  const dot = name.indexOf('.');
  const kind = name.slice(dot + 1);
  const [folder = '', version = 'v1'] = name.slice(0, dot).split('/');
  const upperVersion = version.toUpperCase();
  const prefix = folder.charAt(0).toUpperCase() + folder.slice(1);
  const candidates = [`${prefix}${upperVersion}${kind}.d.ts`, `${upperVersion}${kind}.d.ts`, `V1${kind}.d.ts`];
  return candidates.find((candidate) => available.has(candidate));
}

function readDescriptions(text: string): Record<string, string> {
  const described: Record<string, string> = {};
  const clean = (comment: string): string =>
    comment
      .replace(/^\s*\* ?/gm, '')
      .trim()
      .replaceAll('*_/', '*/')
      .replace(/\\(['"`])/g, '$1')
      .replaceAll('\\\\', '\\');
  const ofClass = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export declare class/.exec(text);
  if (ofClass?.[1] !== undefined && !ofClass[1].includes('NOTE: This class is auto generated')) {
    described[''] = clean(ofClass[1]);
  }
  for (const match of text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*'([^']+)'\??:/g)) {
    if (match[1] !== undefined && match[2] !== undefined) described[baseName(match[2])] = clean(match[1]);
  }
  return described;
}

/** The generator renames what is a word of the language or starts with `$`. */
function baseName(property: string): string {
  const renamed: Record<string, string> = {
    _continue: 'continue',
    _default: 'default',
    _enum: 'enum',
    _from: 'from',
    _int: 'int',
    ref: '$ref',
    schema: '$schema',
    x_kubernetes_embedded_resource: 'x-kubernetes-embedded-resource',
    x_kubernetes_int_or_string: 'x-kubernetes-int-or-string',
    x_kubernetes_list_map_keys: 'x-kubernetes-list-map-keys',
    x_kubernetes_list_type: 'x-kubernetes-list-type',
    x_kubernetes_map_type: 'x-kubernetes-map-type',
    x_kubernetes_preserve_unknown_fields: 'x-kubernetes-preserve-unknown-fields',
    x_kubernetes_validations: 'x-kubernetes-validations',
  };
  return renamed[property] ?? property;
}
