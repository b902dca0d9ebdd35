import type { Diagnostic } from '@sekisho/base';
import { readYaml, YamlFault } from '../builtins/yaml-read.ts';
import { parseJson, toJsonValue } from '../value/json.ts';
import { isObject } from '../value/kind.ts';
import { setOwn } from '../value/object.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { bundleFault } from './faults.ts';

/** Base documents by their name; `foo.json` is none. */
export function isDataFile(path: string): boolean {
  return /(?:^|\/)data\.(?:json|ya?ml)$/.test(path);
}

/** @throws SekishoError | YamlFault, with what is wrong in `message` */
export function readDataText(path: string, text: string): Value {
  return path.endsWith('.json') ? parseJson(text) : toJsonValue(readYaml(text));
}

/** Base documents of several files under one root: the folders of a file are the path that its content stands at. */
export class DataMerger {
  readonly #root: Record<string, Value> = {};
  /** Objects that were made here, and may be changed. */
  readonly #own = new WeakSet<object>([this.#root]);
  readonly #faults: Diagnostic[] = [];

  get data(): PlainObject {
    return this.#root;
  }

  get faults(): readonly Diagnostic[] {
    return this.#faults;
  }

  addFile(file: string, text: string): void {
    let value: Value;
    try {
      value = readDataText(file, text);
    } catch (error) {
      if (!(error instanceof Error) && !(error instanceof YamlFault)) throw error;
      this.#faults.push(bundleFault('BUNDLE_DATA', file, error.message));
      return;
    }
    const path = file.split('/').slice(0, -1);
    if (path.length === 0 && !isObject(value))
      this.#faults.push(bundleFault('BUNDLE_DATA', file, 'root value must be object'));
    else this.addValue(file, path, value);
  }

  /** @param file  for messages */
  addValue(file: string, path: readonly string[], value: Value): void {
    let nested = value;
    for (const key of path.toReversed()) {
      const outer: Record<string, Value> = {};
      setOwn(outer, key, nested);
      nested = outer;
    }
    this.#merge(file, this.#root, nested as PlainObject, '');
  }

  #merge(file: string, target: Record<string, Value>, source: PlainObject, prefix: string): void {
    for (const key of Object.keys(source)) {
      const value = source[key] as Value;
      const present = Object.hasOwn(target, key) ? target[key] : undefined;
      if (present === undefined) setOwn(target, key, value);
      else if (isObject(present) && isObject(value)) {
        const merged = this.#owned(present as PlainObject);
        setOwn(target, key, merged);
        this.#merge(file, merged, value as PlainObject, `${prefix}/${key}`);
      } else {
        const message = `another file has a value at ${prefix}/${key} already`;
        this.#faults.push(bundleFault('BUNDLE_DATA_CONFLICT', file, message, 'Keep one of the two.'));
      }
    }
  }

  #owned(object: PlainObject): Record<string, Value> {
    if (this.#own.has(object)) return object as Record<string, Value>;
    const copy: Record<string, Value> = {};
    for (const key of Object.keys(object)) setOwn(copy, key, object[key] as Value);
    this.#own.add(copy);
    return copy;
  }
}
