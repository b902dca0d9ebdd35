import { composeYaml, createLineIndex, type Origin } from '@sekisho/base';
import { isMap, isScalar, isSeq, type Node as YamlNode } from 'yaml';
import { BuildFault } from '../fault.ts';

/** Keys and indexes that lead to a value of a kustomization file: `['patches', 1]`. */
export type FieldPath = readonly (string | number)[];

/** Stands for the file of a text that is written inside a kustomization: places in it count from the text's beginning. */
export const INLINE = '';

/** Fields whose entries were put behind those of another. */
const MOVED: Readonly<Record<string, string>> = { resources: 'bases', images: 'imageTags' };
/** A file that was read before can't be deeper. */
const MAX_DEPTH = 10_000;

/** A kustomization file, which can tell where its fields stand. */
export class KustomizationFile {
  readonly path: string;
  readonly text: string;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** Where a field stands, or what would hold it. Reads the text again: only faults ask. */
  origin(field: FieldPath): Origin {
    return this.#place(this.#find(field)?.range?.[0]);
  }

  /** The fault with the place of the field that led to it, unless it knows a better one. */
  locate(error: unknown, field: FieldPath): unknown {
    if (!(error instanceof BuildFault)) return error;
    const { origin } = error;
    if (origin?.file === INLINE) return error.at(this.#inlineOrigin(field, origin));
    if (origin !== undefined && (origin.line !== undefined || origin.file !== this.path)) return error;
    return error.at(this.origin(field));
  }

  #inlineOrigin(field: FieldPath, { line = 1, column = 1 }: Origin): Origin {
    const found = this.#find(field);
    const text = isMap(found) ? (child(found, 'patch') ?? child(found, 'jsonOp')) : found;
    const offset = (text ?? found)?.range?.[0];
    if (!isScalar(text) || offset === undefined || !text.type?.startsWith('BLOCK')) return this.#place(offset);
    // The lines of a block begin below its `|`, all indented alike.
    const begin = this.text.indexOf('\n', offset) + 1;
    const indent = /^(?:[ \t]*\r?\n)* */.exec(this.text.slice(begin))?.[0].split('\n').at(-1)?.length ?? 0;
    const { line: first } = createLineIndex(this.text)(offset);
    return { file: this.path, line: first + line, column: indent + column };
  }

  #place(offset: number | undefined): Origin {
    return offset === undefined ? { file: this.path } : { file: this.path, ...createLineIndex(this.text)(offset) };
  }

  #find(field: FieldPath): YamlNode | undefined {
    const [document] = composeYaml(this.text, MAX_DEPTH);
    let found = document?.root ?? undefined;
    for (const [depth, step] of field.entries()) {
      const next = child(found, step);
      if (next === undefined) {
        const other = depth === 1 ? MOVED[String(field[0])] : undefined;
        if (other === undefined || typeof step !== 'number') return found;
        return this.#find([other, isSeq(found) ? step - found.items.length : step]) ?? found;
      }
      found = next;
    }
    return found;
  }
}

/** Keys count in any case; of equal ones the last. A value that is null stands where its key does. */
function child(node: YamlNode | undefined, step: string | number): YamlNode | undefined {
  if (isSeq(node)) return typeof step === 'number' ? (node.items[step] as YamlNode | undefined) : undefined;
  if (!isMap(node)) return undefined;
  const name = String(step).toLowerCase();
  const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value).toLowerCase() === name);
  const value = pair?.value as YamlNode | null | undefined;
  return value?.range === undefined ? (pair?.key as YamlNode | undefined) : value;
}
