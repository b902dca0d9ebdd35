import { checkDepth, isJsonObject } from '../json.ts';
import { type FieldType, type ListType, type MapType, memberType, shapeOf } from './field-type.ts';
import { fieldElement, formatPathElement, itemElement, itemProblem } from './path-element.ts';

/** What {@link checkApplied} found. */
export interface AppliedCheck {
  /** In the API server's words: `.spec.foo: field not declared in schema`. */
  readonly problems: readonly string[];
  readonly hasNull: boolean;
}

/**
 * Whether an applied configuration fits its type: declared fields, types, list items with an identity that none shares.
 * @see structured-merge-diff, Validate
 * @throws SekishoError OBJECT_TOO_DEEP
 */
export function checkApplied(type: FieldType, value: unknown): AppliedCheck {
  const check = new Checker();
  check.node(type, value, undefined);
  return check;
}

interface Step {
  readonly parent: Step | undefined;
  readonly element: string;
  readonly depth: number;
}

class Checker implements AppliedCheck {
  readonly problems: string[] = [];
  hasNull = false;

  node(type: FieldType, value: unknown, at: Step | undefined): void {
    if (value === null) {
      this.hasNull = true;
      return;
    }
    switch (shapeOf(type, value)) {
      case 'scalar':
        this.#scalar(type, value, at);
        break;
      case 'list':
        this.#list(type.list as ListType, value, at);
        break;
      case 'map':
        this.#map(type.map as MapType, value, at);
    }
  }

  #scalar(type: FieldType, value: unknown, at: Step | undefined): void {
    const fits =
      type.scalar === 'untyped'
        ? typeof value !== 'object'
        : typeof value === (type.scalar === 'numeric' ? 'number' : type.scalar);
    if (fits) return;
    const expected = { untyped: 'any scalar', numeric: 'numeric (int or float)', string: 'string', boolean: 'boolean' };
    this.#report(at, `expected ${expected[type.scalar ?? 'untyped']}, got ${describe(value)}`);
  }

  #list(list: ListType, value: unknown, at: Step | undefined): void {
    if (!Array.isArray(value)) {
      this.#report(at, `expected list, got ${describe(value)}`);
      return;
    }
    const depth = descend(at);
    const seen = new Set<string>();
    for (let index = 0; index < value.length; index++) {
      let element = `i:${index}`;
      if (list.associative) {
        const identity = itemElement(list, value[index]);
        if (identity === undefined) {
          this.#report(at, `element ${index}: ${itemProblem(list, value[index])}`);
          return;
        }
        element = identity;
        if (seen.has(element)) this.#report(at, `duplicate entries for key ${formatPathElement(element)}`);
        seen.add(element);
      }
      this.node(list.element, value[index], { parent: at, element, depth });
    }
  }

  #map(map: MapType, value: unknown, at: Step | undefined): void {
    if (!isJsonObject(value)) {
      this.#report(at, `expected map, got ${describe(value)}`);
      return;
    }
    const depth = descend(at);
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member === undefined) continue;
      const step = { parent: at, element: fieldElement(key), depth };
      const type = memberType(map, key);
      if (type === undefined) this.#report(step, 'field not declared in schema');
      else this.node(type, member, step);
    }
  }

  #report(at: Step | undefined, problem: string): void {
    let path = '';
    for (let step = at; step !== undefined; step = step.parent) path = formatPathElement(step.element) + path;
    this.problems.push(path === '' ? problem : `${path}: ${problem}`);
  }
}

function descend(at: Step | undefined): number {
  const depth = (at?.depth ?? 0) + 1;
  checkDepth(depth);
  return depth;
}

/** The kind of a value and, for a short scalar, the value. Never a text: it could be a secret. */
function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? 'list' : 'map';
}
