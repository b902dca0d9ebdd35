import { type Diagnostic, formatOrigin, type Origin, parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import {
  isPolicyObject,
  type PolicyBundle,
  type PolicyDocument,
  type PolicyFile,
  type PolicySources,
} from '@sekisho/policy';
import { type FoundFile, findFiles, readBounded } from '../disk.ts';
import { readPolicies } from '../policy-files.ts';
import type { CheckWorld } from '../world.ts';

/** What lies in the folders of `--policy`. */
export interface LocalPolicies {
  readonly sources: PolicySources;
  /** Objects that are no policies, like Namespaces and parameters: policies find them around the object. */
  readonly surroundings: readonly KubeObject[];
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const documentName = /\.(?:ya?ml|json)$/i;

/**
 * Rego, policy objects and exported StackRox policies out of files and folders.
 *
 * @param options  namespaces: packages of Rego; data: files with data for it
 * @throws SekishoError PATH_MISSING, CHECK_NO_POLICY, CHECK_FILE_TOO_LARGE, CHECK_NOT_TEXT
 */
export async function readLocalPolicies(
  paths: readonly string[],
  options: {
    readonly namespaces: readonly string[] | undefined;
    readonly data: readonly string[];
    readonly world: CheckWorld;
    readonly signal: AbortSignal;
  },
): Promise<LocalPolicies> {
  const { world, signal, namespaces, data } = options;
  const place = { cwd: world.cwd, signal };
  const rego = await readPolicies(paths, { ...place, withTests: false, mayBeNone: true });
  const documents: PolicyDocument[] = [];
  const surroundings: KubeObject[] = [];
  const diagnostics: Diagnostic[] = [];
  const exported: PolicyFile[] = [];
  for (const file of await documentFiles(paths, place)) {
    signal.throwIfAborted();
    const text = new TextDecoder().decode(await readBounded(file, MAX_FILE_BYTES));
    const parsed = parseYamlDocuments(text, { file: file.path, duplicateKeys: 'warning' });
    diagnostics.push(...parsed.diagnostics);
    for (const { value, origin, positionOf } of parsed.documents) {
      if (isExport(value)) {
        exported.push({ text, origin: { file: file.path } });
        break;
      }
      for (const { object, path } of objectsIn(value)) {
        if (!isPolicyObject(object)) surroundings.push(object);
        else {
          const position = path.length === 0 ? undefined : positionOf(path);
          documents.push({
            object,
            origin: { ...origin, ...position },
            positionOf: (below) => positionOf([...path, ...below]),
          });
        }
      }
    }
  }
  const bundles: PolicyBundle[] = [];
  if (rego.length > 0) {
    const files = rego.map(({ file, text }) => ({ text, origin: { file } }));
    for (const file of await documentFiles(data, place)) {
      files.push({
        text: new TextDecoder().decode(await readBounded(file, MAX_FILE_BYTES)),
        origin: { file: file.path },
      });
    }
    bundles.push({ name: 'policy', format: 'rego', files, ...(namespaces === undefined ? {} : { namespaces }) });
  }
  if (exported.length > 0) bundles.push({ name: 'policy', format: 'stackrox', files: exported });
  diagnostics.push(...documents.flatMap(({ object, origin }) => elsewhere(object, origin)));
  return { sources: { documents, bundles }, surroundings, diagnostics };
}

async function documentFiles(
  paths: readonly string[],
  options: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const path of paths) {
    const { files } = await findFiles(path, options);
    for (const file of files) if (documentName.test(file.path)) found.set(file.absolute, file);
  }
  return [...found.values()];
}

/** What StackRox exports: `{"policies": […]}`. */
function isExport(value: unknown): boolean {
  const { policies, apiVersion } = (value ?? {}) as { readonly policies?: unknown; readonly apiVersion?: unknown };
  return apiVersion === undefined && Array.isArray(policies);
}

function* objectsIn(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<{ object: KubeObject; path: readonly (string | number)[] }> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const { apiVersion, kind, metadata, items } = value as Record<string, unknown>;
  if (kind === 'List' && Array.isArray(items)) {
    for (const [index, item] of items.entries()) yield* objectsIn(item, [...path, 'items', index]);
    return;
  }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return;
  yield { object: value as KubeObject, path };
}

/** Nothing is fetched here: a check says the same without a network. */
function elsewhere(object: KubeObject, origin: Origin | undefined): readonly Diagnostic[] {
  if (object.kind !== 'PolicySource') return [];
  return [
    {
      code: 'CHECK_POLICY_ELSEWHERE',
      severity: 'warning',
      message: `PolicySource ${object.metadata.name ?? ''} is not asked: its policies lie elsewhere`,
      ...(origin === undefined ? {} : { origin }),
      hint: `Fetch them with sekisho check pull, and name their folder by --policy (${origin === undefined ? 'here' : formatOrigin(origin)}).`,
    },
  ];
}
