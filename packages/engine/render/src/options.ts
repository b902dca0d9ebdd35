import type { Diagnostic } from '@sekisho/base';
import type { FetchChart } from '@sekisho/helm';
import type { Manifest } from '@sekisho/kube';
import type { Capabilities } from './capabilities.ts';
import type { FileTree } from './file-tree.ts';
import type { HelmSource } from './helm/helm-source.ts';
import type { KustomizeSource } from './kustomize/kustomize-source.ts';
import type { RenderLimits } from './limits.ts';
import type { ManifestFile, ManifestFileOptions } from './manifest-file.ts';
import type { Read } from './reads.ts';
import type { DirectoryOptions } from './walk.ts';

/** What makes manifests of a source. */
export type Tool = 'directory' | 'kustomize' | 'helm';

/** Another source of the application, that values files and file parameters name as `$ref/path`. */
export interface ReferencedTree {
  readonly tree: FileTree;
  /** For origins: address without credentials, and commit. */
  readonly repo?: string | undefined;
  readonly revision?: string | undefined;
}

export interface RenderOptions {
  /** The source's directory inside the repository; '' or '.' is its root. */
  readonly path: string;
  /** Address of the repository without credentials, and commit: for origins. */
  readonly repo?: string | undefined;
  readonly revision?: string | undefined;
  /** At most one of the three. Given (even empty) it says which tool the source is for, whatever lies in it. */
  readonly directory?: DirectoryOptions | undefined;
  readonly kustomize?: KustomizeSource | undefined;
  readonly helm?: HelmSource | undefined;
  /** By name, without the `$`. */
  readonly refs?: ReadonlyMap<string, ReferencedTree> | undefined;
  /** Of a chart. Default: the last part of the path, in the namespace `default`. */
  readonly release?: { readonly name: string; readonly namespace: string } | undefined;
  /** Whose source it is: for `.argocd-source-<name>.yaml` and the variables `$ARGOCD_APP_…`. Default: named as the release. */
  readonly application?:
    | { readonly name: string; readonly project?: string | undefined; readonly targetRevision?: string | undefined }
    | undefined;
  /** What the destination can do: a chart's `.Capabilities`. Default: Kubernetes 1.35 without extensions. */
  readonly cluster?: Capabilities | undefined;
  /** Milliseconds since 1970: `now` in charts, and when their certificates begin. The same text only for the same time. Default 0. */
  readonly time?: number | undefined;
  /** What random functions of charts draw from, besides release and content: secret, or their passwords can be computed. */
  readonly seed?: string | undefined;
  /** Gets charts that are not in the tree. Default: they are refused. */
  readonly fetchChart?: FetchChart | undefined;
  readonly limits?: Partial<RenderLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Awaited between files so that others get their turn. Default: the next turn of the event loop. */
  readonly yield?: (() => Promise<void>) | undefined;
  /** Parses files larger than 512 KiB, in a worker thread for example. Default: as small ones. */
  readonly parse?: ((text: string, options: ManifestFileOptions) => Promise<ManifestFile>) | undefined;
}

export interface RenderResult {
  readonly tool: Tool;
  /** Of directories in the order of file paths, of kustomizations and charts in the order of the tool. */
  readonly manifests: readonly Manifest[];
  /** With any of severity 'error' the manifests are not what the user means: do not sync. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the result depends on: while {@link readsHold}, rendering again gives the same. */
  readonly reads: readonly Read[];
  /** What else it depends on: with other options of these names the result may be another one; with others it is the same. */
  readonly dependsOn: readonly Circumstance[];
  /** The files that were rendered. `realPath` is where the content is: another one than `path` behind a symbolic link. */
  readonly files: readonly RenderedFile[];
  /** Finer than `reads`: equal keys mean an equal result for the same options. See {@link renderKey}. */
  readonly key: string;
}

/** Options beside the source itself: `application` and `release`; `cluster`. */
export type Circumstance = 'application' | 'cluster';

export interface RenderedFile {
  readonly path: string;
  readonly realPath: string;
  readonly id: string;
  /** Name of the referenced source that has the file; undefined: the source itself. */
  readonly ref?: string;
}
