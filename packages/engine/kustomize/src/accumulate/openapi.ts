import { BuildFault } from '../fault.ts';
import { forConfiguration, type Limits } from '../limits.ts';
import { isMapNode } from '../node/node.ts';
import { readNodes } from '../node/read.ts';
import { builtinSchemas, type KindSchemas } from '../patch/merge-schema.ts';
import { OpenApiSchemas } from '../patch/open-api-schemas.ts';
import type { Loader } from './loader.ts';

const BUILT_IN = new Set(['v1.21.2', 'v1212']);

/** The types that a kustomization's `openapi` says; undefined: it says nothing. @throws BuildFault */
export async function readOpenApi(
  openapi: Readonly<Record<string, string>> | undefined,
  loader: Loader,
  limits: Limits,
): Promise<KindSchemas | undefined> {
  if (openapi === undefined) return undefined;
  const { path, version } = openapi;
  if (path !== undefined && version !== undefined) {
    throw new BuildFault('cannot specify both path and version in openapi field');
  }
  if (version !== undefined && !BUILT_IN.has(version)) {
    throw new BuildFault('the specified OpenAPI version is not built in');
  }
  if (path === undefined) return builtinSchemas;
  const file = loader.resolve(path) ?? path;
  const [document] = readNodes(await loader.loadText(path), file, forConfiguration(limits));
  if (!isMapNode(document?.node)) throw new BuildFault('invalid schema file: not an object', { file });
  return new OpenApiSchemas(document.node);
}
