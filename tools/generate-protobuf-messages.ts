/**
 * Writes packages/model/kube/src/protobuf/messages.generated.ts. Run by hand after Kubernetes' version changed, with the
 * folder that holds the Go modules k8s.io/api, k8s.io/apimachinery and k8s.io/apiextensions-apiserver of one version
 * (`go mod download k8s.io/api@v0.35.2 …`; the folder is `$(go env GOMODCACHE)/k8s.io`):
 *
 *     npx tsx tools/generate-protobuf-messages.ts FOLDER v0.35.2
 *
 * Field numbers and types are from the .proto files, names in JSON and what Go leaves out from the tags of the structs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The groups that a 1.35 API server serves by default. */
const groups = [
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

interface GoField {
  readonly json: string;
  readonly inline: boolean;
  /** Left out of JSON when zero: `omitempty` on what is not a pointer. */
  readonly dropsZero: boolean;
}

interface ProtoField {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
  readonly map: boolean;
}

const [folder, version] = process.argv.slice(2);
if (folder === undefined || version === undefined)
  throw new Error('usage: generate-protobuf-messages.ts FOLDER VERSION');

const META = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1';

/** Package name in .proto files → where it is and how we call it. */
const packages = new Map<string, { path: string; short: string }>([
  ...groups.map((group): [string, { path: string; short: string }] => [
    `k8s.io.api.${group.replace('/', '.')}`,
    { path: join(folder, `api@${version}`, group), short: group },
  ]),
  [META, { path: join(folder, `apimachinery@${version}`, 'pkg/apis/meta/v1'), short: 'meta/v1' }],
  [
    EXTENSIONS,
    {
      path: join(folder, `apiextensions-apiserver@${version}`, 'pkg/apis/apiextensions/v1'),
      short: 'apiextensions/v1',
    },
  ],
]);

/** Messages that have a form of their own in JSON; the decoder knows them by these names. */
const special = new Map([
  [`${META}.Time`, 'Time'],
  [`${META}.MicroTime`, 'MicroTime'],
  [`${META}.FieldsV1`, 'Json'],
  ['k8s.io.apimachinery.pkg.runtime.RawExtension', 'Json'],
  ['k8s.io.apimachinery.pkg.api.resource.Quantity', 'Quantity'],
  ['k8s.io.apimachinery.pkg.util.intstr.IntOrString', 'IntOrString'],
  [`${EXTENSIONS}.JSON`, 'Json'],
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`, 'SchemaOrArray'],
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`, 'SchemaOrBool'],
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`, 'SchemaOrStrings'],
]);

const scalars: Readonly<Record<string, string>> = {
  string: 's',
  bytes: 'b',
  bool: 'B',
  int32: 'i',
  int64: 'i',
  double: 'd',
};

function readMessages(path: string, packageName: string): Map<string, ProtoField[]> {
  const messages = new Map<string, ProtoField[]>();
  let fields: ProtoField[] = [];
  for (const line of readFileSync(join(path, 'generated.proto'), 'utf8').split('\n')) {
    const start = /^message (\w+) \{/.exec(line)?.[1];
    if (start !== undefined) {
      fields = [];
      messages.set(start, fields);
    }
    const field = /^ {2}(?:(optional|repeated) ([.\w]+)|map<string, *([.\w]+)>) (\w+) = (\d+);/.exec(line);
    if (field === null) continue;
    const [, label, plain, mapValue, name = '', number] = field;
    const type = mapValue ?? plain ?? '';
    fields.push({
      number: Number(number),
      name,
      type: scalars[type] ?? (type.startsWith('.') ? type.slice(1) : `${packageName}.${type}`),
      repeated: label === 'repeated',
      map: mapValue !== undefined,
    });
  }
  return messages;
}

/** Struct → field number → what its tags say; and the structs that are kinds. */
function readStructs(path: string): { structs: Map<string, Map<number, GoField>>; kinds: Set<string> } {
  const structs = new Map<string, Map<number, GoField>>();
  const kinds = new Set<string>();
  for (const file of readdirSync(path).filter((name) => name.endsWith('.go') && !/_test|generated|zz_/.test(name))) {
    let current: Map<number, GoField> | undefined;
    let name = '';
    for (const line of readFileSync(join(path, file), 'utf8').split('\n')) {
      const start = /^(?:type |\t)(\w+) struct ?\{/.exec(line)?.[1];
      if (start !== undefined) {
        name = start;
        current = new Map();
        structs.set(name, current);
      }
      const tags = /`(.*)`/.exec(line)?.[1];
      if (tags === undefined || current === undefined) continue;
      const json = /json:"([^"]*)"/.exec(tags)?.[1] ?? '';
      if (/TypeMeta\b/.test(line) && json.includes('inline')) kinds.add(name);
      const number = /protobuf:"\w+,(\d+)/.exec(tags)?.[1];
      if (number === undefined) continue;
      const declared = line.slice(0, line.indexOf('`')).trim().split(/\s+/).at(-1) ?? '';
      current.set(Number(number), {
        json: json.split(',')[0] ?? '',
        inline: json.includes(',inline'),
        dropsZero: json.includes(',omitempty') && !declared.startsWith('*'),
      });
    }
  }
  return { structs, kinds };
}

const written = new Map<string, string>();
const wanted: string[] = [];
const known = new Map<string, { fields: ProtoField[]; struct: Map<number, GoField> | undefined }>();
for (const [packageName, { path, short }] of packages) {
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  const { structs, kinds } = readStructs(path);
  for (const [message, fields] of readMessages(path, packageName)) {
    const name = `${packageName}.${message}`;
    known.set(name, { fields, struct: structs.get(message) });
    const isList = message.endsWith('List') && fields.some((field) => field.name === 'items');
    if (kinds.has(message) && !isList && (short !== 'meta/v1' || message === 'DeleteOptions')) wanted.push(name);
  }
}

function shortName(name: string): string {
  const alias = special.get(name);
  if (alias !== undefined) return alias;
  const dot = name.lastIndexOf('.');
  const home = packages.get(name.slice(0, dot));
  if (home === undefined) throw new Error(`unknown package of ${name}`);
  return `${home.short}.${name.slice(dot + 1)}`;
}

function typeText(field: ProtoField): string {
  const isScalar = Object.values(scalars).includes(field.type);
  if (!isScalar) wanted.push(field.type);
  return `${field.map ? '%' : field.repeated ? '*' : ''}${isScalar ? field.type : shortName(field.type)}`;
}

function messageText(name: string): string {
  const message = known.get(name);
  if (message === undefined) throw new Error(`unknown message ${name}`);
  const { fields, struct } = message;
  const [first] = fields;
  // A named list: a message of its own on the wire, a plain list in JSON.
  if (struct === undefined && first?.name === 'items') return `@${typeText(first)}`;
  return fields
    .map((field) => {
      const tag = struct?.get(field.number);
      if (tag === undefined) throw new Error(`${name}.${field.name} has no tag`);
      return `${field.number}:${tag.json}:${typeText(field)}${tag.inline ? '^' : tag.dropsZero ? '?' : ''}`;
    })
    .join(',');
}

for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
  if (special.has(name)) {
    for (const field of known.get(name)?.fields ?? []) typeText(field);
    continue;
  }
  const short = shortName(name);
  if (!written.has(short)) written.set(short, messageText(name));
}

const body = [...written].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `  '${name}': '${text}',`);
writeFileSync(
  fileURLToPath(new URL('../packages/model/kube/src/protobuf/messages.generated.ts', import.meta.url)),
  `// Written by tools/generate-protobuf-messages.ts. Do not edit.
// Facts about the protobuf messages of k8s.io/api ${version}; message-table.ts says how they are written down.

export const messageData: Readonly<Record<string, string>> = {
${body.join('\n')}
};
`,
);
process.stdout.write(`${written.size} messages\n`);
