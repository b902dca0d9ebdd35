import { BuildFault } from '../fault.ts';
import { cloneNode, type Node } from './node.ts';

/** Copies that patches and replacements ask for: a few lines can ask for any number, each as large as all before. */
export class NodeBudget {
  readonly #max: number;
  #left: number;

  /** @param max nodes that may be copied in all */
  constructor(max: number) {
    this.#max = max;
    this.#left = max;
  }

  /** @throws BuildFault KUSTOMIZE_LIMIT */
  copy<T extends Node>(node: T): T;
  copy(node: Node): Node {
    this.#take(node);
    return cloneNode(node);
  }

  #take(node: Node): void {
    if (--this.#left < 0) {
      throw new BuildFault(`patches and replacements copy more than ${this.#max} values`, undefined, 'KUSTOMIZE_LIMIT');
    }
    if (Array.isArray(node)) for (const item of node) this.#take(item);
    else if (node instanceof Map) for (const value of node.values()) this.#take(value);
  }
}
