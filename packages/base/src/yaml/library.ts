import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

const load = createRequire(import.meta.url);
let loaded: typeof Yaml | undefined;

/** The library is large, and most texts are plain enough for our own reader: it is loaded when it is needed. */
export function yamlLibrary(): typeof Yaml {
  loaded ??= load('yaml') as typeof Yaml;
  return loaded;
}

export function isAlias(node: unknown): node is Yaml.Alias {
  return (loaded ?? yamlLibrary()).isAlias(node);
}

export function isMap(node: unknown): node is Yaml.YAMLMap {
  return (loaded ?? yamlLibrary()).isMap(node);
}

export function isScalar(node: unknown): node is Yaml.Scalar {
  return (loaded ?? yamlLibrary()).isScalar(node);
}

export function isSeq(node: unknown): node is Yaml.YAMLSeq {
  return (loaded ?? yamlLibrary()).isSeq(node);
}
