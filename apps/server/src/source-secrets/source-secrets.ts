import { createHmac, randomBytes } from 'node:crypto';
import { type Diagnostic, type Logger, type Origin, SekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { FileTree, RenderResult } from '@sekisho/render';
import { createSopsKeys, type DecryptingTree, decryptingTree, keysOfSecret, type SopsKeys } from '@sekisho/sops-keys';
import { collectVariables, substituteManifests, type VariableSource } from '@sekisho/substitute';
import { refuseEncrypted } from './encrypted-objects.ts';
import { whyForbidden } from './permitted-secret.ts';
import { createReferencedObjects, type ObjectRef } from './referenced-objects.ts';
import type { SecretSettings } from './schema.ts';

/** What a source is rendered with besides its files: keys that open them, and variables. As they were at one moment. */
export interface SecretInputs {
  /**
   * Changes with the keys and with any variable, and tells nothing of them. '' when the source has neither; with any other,
   * nothing of what is rendered may be kept on a disk.
   */
  readonly id: string;
  begin(signal: AbortSignal): SourceRender;
}

/** The Application whose source it is. */
export interface Reader {
  /** Where the Secrets and ConfigMaps are that its source names. */
  readonly namespace: string;
  readonly project: string;
}

/** One render. */
export interface SourceRender {
  /** The tree in plain text. Reading throws SOPS_*: see {@link decryptingTree}. */
  plain(tree: FileTree, place: Omit<Origin, 'file'>): FileTree;
  /** With variables put in, and faults where something is still encrypted: RENDER_SECRET_ENCRYPTED, SUBSTITUTE_*. */
  finish(result: RenderResult): RenderResult;
}

export interface SourceSecrets {
  /**
   * @throws SekishoError SOPS_KEY_SECRET, SUBSTITUTE_SOURCE: what the source names is not there; SOURCE_SECRET_FORBIDDEN
   */
  open(source: SecretSettings, reader: Reader, signal: AbortSignal): Promise<SecretInputs>;
  /** Whether a source names the object. */
  onChange(listener: (refers: (source: SecretSettings, namespace: string) => boolean) => void): void;
  close(): Promise<void>;
}

const SALT = randomBytes(32);

export function createSourceSecrets(options: {
  client: KubeClient;
  /** Keys of the installation: for sources that name no Secret. */
  keys: SopsKeys;
  logger: Logger;
}): SourceSecrets {
  const objects = createReferencedObjects(options);

  /** Undefined when there is none. @throws SekishoError SOURCE_SECRET_FORBIDDEN */
  async function read(ref: ObjectRef, { project }: Reader, signal: AbortSignal): Promise<KubeObject | undefined> {
    const object = await objects.get(ref, signal);
    const reason = object && whyForbidden(object, project);
    if (reason === undefined) return object;
    throw new SekishoError(
      'SOURCE_SECRET_FORBIDDEN',
      `The source may not use the ${ref.kind} ${ref.namespace}/${ref.name}: ${reason}.`,
      { hint: 'Make one that holds only what this source needs.' },
    );
  }

  async function keysFor({ decryption }: SecretSettings, reader: Reader, signal: AbortSignal) {
    const name = decryption?.secretRef?.name;
    if (decryption === undefined || name === undefined) return decryption && options.keys;
    const { namespace } = reader;
    const secret = await read({ kind: 'Secret', namespace, name }, reader, signal);
    if (secret !== undefined) return createSopsKeys(keysOfSecret(dataOf(secret)));
    throw new SekishoError(
      'SOPS_KEY_SECRET',
      `The Secret ${namespace}/${name}, whose keys the source asks for, does not exist.`,
      {
        hint: `Make it, with an age identity: kubectl -n ${namespace} create secret generic ${name} --from-file=age.agekey`,
      },
    );
  }

  async function variablesFor(
    { postBuild }: SecretSettings,
    reader: Reader,
    signal: AbortSignal,
  ): Promise<VariableSource[]> {
    const { namespace } = reader;
    const sources: VariableSource[] = [];
    for (const { kind, name, optional = false } of postBuild?.substituteFrom ?? []) {
      const object = await read({ kind, namespace, name }, reader, signal);
      if (object !== undefined) sources.push({ description: `${kind} ${namespace}/${name}`, values: dataOf(object) });
      else if (!optional) {
        throw new SekishoError(
          'SUBSTITUTE_SOURCE',
          `The ${kind} ${namespace}/${name}, whose variables the source asks for, does not exist.`,
          { hint: 'Make it, or mark it as optional: true under postBuild.substituteFrom.' },
        );
      }
    }
    return [...sources, { description: 'postBuild.substitute', values: postBuild?.substitute ?? {} }];
  }

  return {
    async open(settings, reader, signal) {
      const { postBuild } = settings;
      const keys = await keysFor(settings, reader, signal);
      const variables = postBuild === undefined ? undefined : await variablesFor(settings, reader, signal);
      const id =
        keys === undefined && variables === undefined ? '' : contentId([keys?.identity, variables, postBuild?.strict]);
      return { id, begin: (given) => beginRender(keys, variables, postBuild?.strict ?? true, given) };
    },
    onChange(listener) {
      objects.onChange((ref) => listener((source, namespace) => refersTo(source, namespace, ref)));
    },
    close: () => objects.close(),
  };
}

function beginRender(
  keys: SopsKeys | undefined,
  sources: readonly VariableSource[] | undefined,
  strict: boolean,
  signal: AbortSignal,
): SourceRender {
  const trees: DecryptingTree[] = [];
  return {
    plain(tree, place) {
      if (keys === undefined) return tree;
      const decrypting = decryptingTree(tree, { openKey: keys.openKey, place, signal });
      trees.push(decrypting);
      return decrypting.tree;
    },
    finish(rendered) {
      const hide = (fault: Diagnostic): Diagnostic => ({
        ...fault,
        message: trees.reduce((message, tree) => tree.redact(message), fault.message),
      });
      const result = trees.length === 0 ? rendered : { ...rendered, diagnostics: rendered.diagnostics.map(hide) };
      const refused = refuseEncrypted(result.manifests, keys !== undefined);
      if (refused.length > 0) return { ...result, diagnostics: [...result.diagnostics, ...refused] };
      if (sources === undefined) return result;
      const { variables, diagnostics } = collectVariables(sources);
      // As for Flux: without variables there is nothing to put in, unless each must have a value.
      if (variables.size === 0 && !strict) return result;
      const put = substituteManifests(result.manifests, variables, { strict });
      return {
        ...result,
        manifests: put.manifests,
        diagnostics: [...result.diagnostics, ...diagnostics, ...put.diagnostics],
      };
    },
  };
}

function refersTo(
  { decryption, postBuild }: SecretSettings,
  own: string,
  { kind, namespace, name }: ObjectRef,
): boolean {
  if (own !== namespace) return false;
  if (kind === 'Secret' && decryption?.secretRef?.name === name) return true;
  return (postBuild?.substituteFrom ?? []).some((ref) => ref.kind === kind && ref.name === name);
}

/** Texts of a ConfigMap or, decoded, of a Secret. */
function dataOf({ kind, data }: KubeObject): Record<string, string> {
  const texts = (data ?? {}) as Record<string, string>;
  if (kind !== 'Secret') return texts;
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** Salted: nobody can try values out on an id that got out. */
function contentId(content: unknown): string {
  return createHmac('sha256', SALT).update(JSON.stringify(content)).digest('hex').slice(0, 32);
}
