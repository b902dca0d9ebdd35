import type { RegoVersion } from '../syntax/ast.ts';
import type { PlainObject } from '../value/value.ts';
import type { ValueChange } from './change-value.ts';

/**
 * What an archive or a folder holds: bytes by path. Paths are relative with `/`; one slash before them is left out of account
 * (`/data.json`, as OPA's archives have it).
 */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

/** @see https://www.openpolicyagent.org/docs/management-bundles, "Bundle File Format" */
export interface Manifest {
  /** Default empty. */
  readonly revision: string;
  /** Paths below `data` that belong to the bundle; default `['']`: all. */
  readonly roots: readonly string[];
  /** Syntax of the modules, unless {@link fileRegoVersions} says otherwise. */
  readonly regoVersion?: RegoVersion;
  /** By pattern of a path (`/policy/*.rego`). */
  readonly fileRegoVersions?: ReadonlyMap<string, RegoVersion>;
  readonly metadata?: PlainObject;
}

export interface BundleModule {
  /** Path in the bundle without a slash before it. */
  readonly file: string;
  readonly text: string;
  readonly version: RegoVersion;
}

/** A change that a delta bundle makes; its path is from `data` on. */
export type PatchOperation = ValueChange;

/** Base documents and modules that belong together. */
export interface Bundle {
  readonly manifest: Manifest;
  readonly data: PlainObject;
  /** In the order of their files. */
  readonly modules: readonly BundleModule[];
  /** Of a delta bundle, which has no modules and no data. */
  readonly patch?: readonly PatchOperation[];
  /** It has a `.signatures.json`; whether it holds is told by reading with `verify`. */
  readonly isSigned: boolean;
}

export interface BundleLimits {
  /** Default 20,000. */
  readonly maxFiles?: number;
  /** Of all files; default 512 MiB. */
  readonly maxBytes?: number;
}

export const EMPTY_MANIFEST: Manifest = { revision: '', roots: [''] };
