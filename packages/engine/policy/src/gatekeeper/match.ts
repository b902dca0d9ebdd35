import { messageOf } from '@sekisho/base';
import { type KubeObject, type LabelSelector, labelSelectorOf, matchesLabels, type Requirement } from '@sekisho/kube';
import { at, groupOf, isNamespace, isRecord, isTexts, kindOf, namespaceOf } from './document.ts';
import { matchesGeneratedName, matchesName } from './name-pattern.ts';

/** Where an object comes from: a user, or the expansion of another object. */
export type Source = 'Original' | 'Generated';

/** What match criteria look at. */
export interface MatchSubject {
  readonly object: KubeObject;
  /** The Namespace that the object is in, when it is known. */
  readonly namespace?: KubeObject | undefined;
  /** Default `Original`. */
  readonly source?: Source;
}

/** Whether all criteria hold; or why that can't be told. */
export type MatchOutcome = boolean | { readonly error: string };

export type Matcher = (subject: MatchSubject) => MatchOutcome;

export interface MatchFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Criterion = (subject: MatchSubject) => MatchOutcome;

export interface ParsedMatch {
  readonly matches: Matcher;
  readonly faults: readonly MatchFault[];
}

/** {@link parseMatch} that gives one matcher for all that are equal: what it says of an object is worked out once for them. */
export function matchReader(): typeof parseMatch {
  const read = new Map<string, ParsedMatch>();
  return (value) => {
    const key = JSON.stringify(value) ?? '';
    const parsed = read.get(key) ?? parseMatch(value);
    read.set(key, parsed);
    return parsed;
  };
}

/**
 * Reads the `match` of a constraint or mutator. All criteria must hold; none is everything.
 *
 * @returns what matches, and all faults
 */
export function parseMatch(value: unknown): ParsedMatch {
  const faults: MatchFault[] = [];
  if (value === undefined || value === null) return { matches: () => true, faults };
  if (!isRecord(value)) return { matches: () => false, faults: [{ path: [], message: 'must be an object' }] };
  const reader = new Reader(value, faults);
  // The order in which Gatekeeper asks: only what comes before a missing Namespace can keep it from being missed.
  const criteria = [
    reader.kinds(),
    reader.scope(),
    reader.namespaces(),
    reader.excludedNamespaces(),
    reader.labelSelector(),
    reader.namespaceSelector(),
    reader.name(),
    reader.source(),
  ].filter((criterion) => criterion !== undefined);
  const matches: Matcher = (subject) => {
    for (const criterion of criteria) {
      const outcome = criterion(subject);
      if (outcome !== true) return outcome;
    }
    return true;
  };
  return { matches, faults };
}

class Reader {
  readonly #match: Record<string, unknown>;
  readonly #faults: MatchFault[];

  constructor(match: Record<string, unknown>, faults: MatchFault[]) {
    this.#match = match;
    this.#faults = faults;
  }

  kinds(): Criterion | undefined {
    const kinds = this.#match['kinds'];
    if (kinds === undefined || kinds === null) return undefined;
    if (!Array.isArray(kinds)) return this.#fault(['kinds'], 'must be a list');
    const entries = kinds.map((entry: unknown, i) => ({
      groups: this.#texts(['kinds', i, 'apiGroups'], at(entry, 'apiGroups')) ?? [],
      kinds: this.#texts(['kinds', i, 'kinds'], at(entry, 'kinds')) ?? [],
    }));
    if (entries.length === 0) return undefined;
    return ({ object }) => {
      const group = groupOf(object);
      const kind = kindOf(object);
      return entries.some((entry) => lists(entry.groups, group) && lists(entry.kinds, kind));
    };
  }

  scope(): Criterion | undefined {
    const scope = this.#text('scope');
    if (scope === 'Cluster') return (subject) => !isNamespaced(subject);
    if (scope === 'Namespaced') return isNamespaced;
    return undefined;
  }

  namespaces(): Criterion | undefined {
    const patterns = this.#texts(['namespaces'], this.#match['namespaces']);
    if (patterns === undefined || patterns.length === 0) return undefined;
    return (subject) => {
      const name = namespaceName(subject);
      return name === undefined || patterns.some((pattern) => matchesName(pattern, name));
    };
  }

  excludedNamespaces(): Criterion | undefined {
    const patterns = this.#texts(['excludedNamespaces'], this.#match['excludedNamespaces']);
    if (patterns === undefined || patterns.length === 0) return undefined;
    return (subject) => {
      const name = namespaceName(subject);
      return name === undefined || !patterns.some((pattern) => matchesName(pattern, name));
    };
  }

  labelSelector(): Criterion | undefined {
    const requirements = this.#selector('labelSelector');
    return requirements && (({ object }) => matchesLabels(requirements, labelsOf(object)));
  }

  namespaceSelector(): Criterion | undefined {
    const requirements = this.#selector('namespaceSelector');
    return (
      requirements &&
      ((subject) => {
        const { object, namespace } = subject;
        if (isNamespace(object)) return matchesLabels(requirements, labelsOf(object));
        if (!isNamespaced(subject)) return true;
        if (namespace === undefined) return MISSING_NAMESPACE;
        return matchesLabels(requirements, labelsOf(namespace));
      })
    );
  }

  name(): Criterion | undefined {
    const pattern = this.#text('name');
    if (pattern === undefined || pattern === '') return undefined;
    return ({ object }) => {
      const { name, generateName } = object.metadata ?? {};
      return matchesName(pattern, name ?? '') || matchesGeneratedName(pattern, generateName ?? '');
    };
  }

  source(): Criterion | undefined {
    const wanted = this.#text('source');
    if (wanted === undefined || wanted === '' || wanted === 'All') return undefined;
    if (wanted !== 'Original' && wanted !== 'Generated')
      return this.#fault(['source'], `must be All, Original or Generated, not ${JSON.stringify(wanted)}`);
    return ({ source = 'Original' }) => source === wanted;
  }

  #selector(field: string): Requirement[] | undefined {
    const selector = this.#match[field];
    if (selector === undefined || selector === null) return undefined;
    try {
      return labelSelectorOf(selector as LabelSelector);
    } catch (error) {
      this.#fault([field], messageOf(error));
      return undefined;
    }
  }

  #text(field: string): string | undefined {
    const value = this.#match[field];
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    this.#fault([field], 'must be text');
    return undefined;
  }

  #texts(path: readonly (string | number)[], value: unknown): readonly string[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (isTexts(value)) return value;
    this.#fault(path, 'must be a list of texts');
    return undefined;
  }

  /** What can't be read matches nothing. */
  #fault(path: readonly (string | number)[], message: string): Criterion {
    this.#faults.push({ path, message });
    return () => false;
  }
}

const MISSING_NAMESPACE: MatchOutcome = {
  error: 'namespace selector for namespace-scoped object but missing Namespace',
};

/** No entry is any. */
function lists(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes('*') || wanted.includes(value);
}

function isNamespaced({ object, namespace }: MatchSubject): boolean {
  return !isNamespace(object) && (namespaceOf(object) !== '' || namespace !== undefined);
}

/** Undefined for objects that are in none, or in one that nobody named. */
function namespaceName({ object, namespace }: MatchSubject): string | undefined {
  if (isNamespace(object)) return object.metadata?.name ?? '';
  const name = namespaceOf(object) || namespace?.metadata?.name;
  return name === '' ? undefined : name;
}

function labelsOf(object: KubeObject): Readonly<Record<string, string>> | undefined {
  return object.metadata?.labels;
}
