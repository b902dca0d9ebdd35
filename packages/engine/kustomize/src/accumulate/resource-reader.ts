import { BuildFault } from '../fault.ts';
import type { Limits } from '../limits.ts';
import { isMapNode, isNull, type Node, type NodeMap, textAt } from '../node/node.ts';
import { type NodeDocument, readNodes } from '../node/read.ts';
import { Resource } from '../resource/resource.ts';

/**
 * The resources in a text: every document, the items of lists one by one.
 * @param asPatches annotations that are null stay so
 * @throws BuildFault
 */
export function readResources(text: string, file: string, limits: Limits, asPatches = false): Resource[] {
  let documents: NodeDocument[];
  try {
    documents = readNodes(text, file, limits);
  } catch (error) {
    if (!(error instanceof BuildFault) || error.bare) throw error;
    throw new BuildFault(
      `MalformedYAMLError: ${error.message} in File: ${file}`,
      error.origin,
      'KUSTOMIZE_MALFORMED_YAML',
    );
  }
  const resources: Resource[] = [];
  for (const { node, position } of documents) {
    if (node === undefined || isNull(node)) continue;
    const origin = { file, ...position };
    for (const item of expandList(node)) {
      if (isMapNode(item) && item.size === 0) continue;
      const resource = new Resource(checked(item, origin), origin);
      resource.normalizeAnnotations(asPatches);
      resources.push(resource);
    }
  }
  return resources;
}

function expandList(node: Node): Node[] {
  if (!isMapNode(node) || !textAt(node, 'kind').endsWith('List') || !node.has('items')) return [node];
  const items = node.get('items');
  if (isNull(items)) return [];
  return Array.isArray(items) ? items.flatMap((item) => expandList(item)) : [node];
}

function checked(node: Node, origin: { file: string }): NodeMap {
  if (!isMapNode(node)) throw new BuildFault('missing Resource metadata', origin);
  const metadata = node.get('metadata');
  const kind = textAt(node, 'kind');
  if (kind === '' && !isMapNode(metadata)) throw new BuildFault('missing Resource metadata', origin);
  const type = `{${textAt(node, 'apiVersion')} ${kind}}`;
  const name = isMapNode(metadata) ? textAt(metadata, 'name') : '';
  const shown = `{${type} {{${name} ${isMapNode(metadata) ? textAt(metadata, 'namespace') : ''}} map[] map[]}}`;
  if (kind === '') throw new BuildFault(`missing kind in object ${shown}`, origin);
  if (name === '' && !kind.endsWith('List')) throw new BuildFault(`missing metadata.name in object ${shown}`, origin);
  return node;
}
