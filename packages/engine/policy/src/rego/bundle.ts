import { type Diagnostic, type Origin, parseYamlDocuments } from '@sekisho/base';
import { ruleKindOf } from '@sekisho/conftest';
import {
  compilePolicy,
  type Module,
  mergeDocuments,
  type PlainObject,
  type Policy,
  type Query,
  type RegoFault,
} from '@sekisho/rego';
import type { PolicyBundle, PolicyFile } from '../policy-set/types.ts';

/** A bundle of Rego that compiles. */
export interface RegoBundle {
  readonly policy: Policy;
  readonly data: PlainObject;
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly packages: readonly RegoPackage[];
}

/** One package that is asked. */
export interface RegoPackage {
  /** `main`, without `data.` */
  readonly name: string;
  readonly path: readonly string[];
  readonly modules: readonly Module[];
  /** Rules whose results count, and `exception` when there is one. */
  readonly rules: readonly string[];
  /** Binds `values` to an object of the rules, each a list of its one value or of none. */
  readonly query: Query;
}

/** All other files are Rego, whatever they are called: what can't be read must not count for nothing. */
const DATA_FILE = /\.(?:json|ya?ml)$/i;

/** A gate answers from what it was given: a policy that asks elsewhere would not be asked, and nobody would know. */
const OUTSIDE: readonly string[] = ['http.send', 'net.lookup_ip_addr', 'opa.runtime'];

/** Compiles the Rego of a bundle. Codes: POLICY_SOURCE_REGO, POLICY_SOURCE_DATA, POLICY_SOURCE_EMPTY (a warning). */
export function compileRegoBundle(bundle: PolicyBundle, diagnostics: Diagnostic[]): RegoBundle | undefined {
  const sources = bundle.files.filter(({ origin }) => !DATA_FILE.test(origin.file));
  const files = sources.map(({ text, origin }) => ({ file: origin.file, text }));
  const data = readData(bundle, diagnostics);
  const { policy, faults } = compilePolicy({ modules: files, data, errorLimit: 0, withoutBuiltins: OUTSIDE });
  if (policy === undefined) {
    for (const fault of faults) diagnostics.push(diagnosticOf(bundle.name, fault, sources));
    return undefined;
  }
  const packages: RegoPackage[] = [];
  for (const name of bundle.namespaces ?? ['main']) {
    const one = packageOf(policy, name);
    if (one === undefined)
      diagnostics.push({
        code: 'POLICY_SOURCE_EMPTY',
        severity: 'warning',
        message: `PolicySource ${bundle.name}: the package ${name} has no rule deny, violation or warn`,
        hint: 'Name the packages that are asked in spec.namespaces.',
      });
    else packages.push(one);
  }
  return { policy, data, files, packages };
}

function packageOf(policy: Policy, name: string): RegoPackage | undefined {
  const modules = policy.modules.filter((module) => module.package.path.join('.') === name);
  const path = modules[0]?.package.path;
  if (path === undefined) return undefined;
  const names = new Set<string>();
  for (const { rules } of modules) {
    for (const { head } of rules) {
      const ref = head.ref.kind === 'ref' ? head.ref.head : head.ref;
      if (ref.kind === 'var' && head.args === undefined) names.add(ref.name);
    }
  }
  const counted = [...names].filter((rule) => ruleKindOf(rule) !== undefined);
  if (counted.length === 0) return undefined;
  const rules = names.has('exception') ? [...counted, 'exception'] : counted;
  const prefix = `data${path.map((key) => `[${JSON.stringify(key)}]`).join('')}`;
  const members = rules.map((rule) => `${JSON.stringify(rule)}: [value | value := ${prefix}[${JSON.stringify(rule)}]]`);
  const { query } = policy.prepareQuery(`values = {${members.join(', ')}}`);
  return query === undefined ? undefined : { name, path, modules, rules, query };
}

/** What JSON and YAML files hold stands under `data`, as that of `conftest --data FILE` does. */
function readData(bundle: PolicyBundle, diagnostics: Diagnostic[]): PlainObject {
  const data: Record<string, unknown> = {};
  for (const { text, origin } of bundle.files) {
    if (!DATA_FILE.test(origin.file)) continue;
    const { documents, diagnostics: faults } = parseYamlDocuments(text, { file: origin.file });
    const errors = faults.filter(({ severity }) => severity === 'error');
    diagnostics.push(...errors.map((fault) => ({ ...fault, origin: { ...origin, ...fault.origin } })));
    const value = documents[0]?.value;
    if (errors.length > 0 || value === undefined || value === null || mergeDocuments(data, value)) continue;
    diagnostics.push({
      code: 'POLICY_SOURCE_DATA',
      severity: 'error',
      message: `PolicySource ${bundle.name}: data must be an object, and give no value where another file gives a different one`,
      origin,
    });
  }
  return data as PlainObject;
}

function diagnosticOf(name: string, { code, message, location }: RegoFault, files: readonly PolicyFile[]): Diagnostic {
  const known: Origin | undefined = files.find(({ origin }) => origin.file === location?.file)?.origin;
  // Whatever has no place is said of the bundle's first file: no fault may seem to be nobody's.
  const origin =
    known === undefined || location === undefined
      ? files[0]?.origin
      : { ...known, line: location.row, column: location.col };
  return {
    code: 'POLICY_SOURCE_REGO',
    severity: 'error',
    message: `PolicySource ${name}: ${code}: ${message.split('\n')[0] ?? ''}`,
    ...(origin === undefined ? {} : { origin }),
  };
}
