import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type PolicyDocument, type Review, reviewOf } from '@sekisho/policy';

/** One test of Gatekeeper's library: a template, a constraint, and sample objects with the outcome that is expected of each. */
export interface LibraryTest {
  readonly template: PolicyDocument;
  readonly constraint: PolicyDocument;
  readonly cases: readonly LibraryCase[];
}

export interface LibraryCase {
  /** Stable: `folder/test/number-case`. */
  readonly id: string;
  readonly review: Review;
  /** What `data.inventory` holds. */
  readonly inventory: readonly KubeObject[];
  readonly assertions: readonly Assertion[];
}

export interface Assertion {
  /** Yes, no, or how many. Default yes. */
  readonly violations?: boolean | number | 'yes' | 'no';
  /** Only violations with such a message count. */
  readonly message?: string;
}

interface Index {
  readonly templates: readonly {
    readonly folder: string;
    readonly tests: readonly {
      readonly name: string;
      readonly template: string;
      readonly constraint: string;
      readonly cases: readonly {
        readonly name: string;
        readonly object: string;
        readonly inventory?: readonly string[];
        readonly assertions: readonly Assertion[];
      }[];
    }[];
  }[];
}

/** Reads `conformance/gatekeeper-library`. */
export function readGatekeeperLibrary(casesDir: string): LibraryTest[] {
  const index = JSON.parse(readFileSync(join(casesDir, 'index.json'), 'utf8')) as Index;
  return index.templates.flatMap(({ folder, tests }) => {
    const read = (path: string) => readDocuments(join(casesDir, folder, path));
    return tests.map((test) => ({
      template: first(read(test.template)),
      constraint: first(read(test.constraint)),
      cases: test.cases.map((one, i) => ({
        // Names are not unique.
        id: `${folder}/${test.name}/${i}-${one.name}`,
        review: reviewFrom(first(read(one.object)).object),
        inventory: (one.inventory ?? []).flatMap(read).map(({ object }) => object),
        assertions: one.assertions,
      })),
    }));
  });
}

/** A sample is an object that somebody creates, or an AdmissionReview. */
function reviewFrom(object: KubeObject): Review {
  return object.kind === 'AdmissionReview' ? { request: object['request'] as Review['request'] } : reviewOf(object);
}

function readDocuments(path: string): PolicyDocument[] {
  const { documents } = parseYamlDocuments(readFileSync(path, 'utf8'), { file: path });
  return documents.map((document) => ({
    object: document.value as KubeObject,
    origin: document.origin,
    positionOf: (field) => document.positionOf(field),
  }));
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error('a file of the library holds no document');
  return item;
}
