import { BuildFault } from '../fault.ts';
import type { Loader } from './loader.ts';

const BUILT_IN = new Set(['v1.21.2', 'v1212']);

/** Kustomize knows one version of the types; a file with others is read so that it counts as an input. @throws BuildFault */
export async function checkOpenApi(
  openapi: Readonly<Record<string, string>> | undefined,
  loader: Loader,
): Promise<void> {
  if (openapi === undefined) return;
  const { path, version } = openapi;
  if (path !== undefined && version !== undefined) {
    throw new BuildFault('cannot specify both path and version in openapi field');
  }
  if (version !== undefined && !BUILT_IN.has(version)) {
    throw new BuildFault('the specified OpenAPI version is not built in');
  }
  if (path !== undefined) await loader.load(path);
}
