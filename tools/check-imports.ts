// Proves what ARCHITECTURE.md says of imports: down the layers only, along drawn edges only, through package doors only,
// declared, without cycles; and that engines touch nothing outside. `npm run imports`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles, readSource } from './lib/source-files.ts';

interface Workspace {
  /** `@sekisho/render`. */
  readonly name: string;
  /** Last part of its folder: what ARCHITECTURE.md draws edges with. */
  readonly shortName: string;
  readonly layer: string;
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
  /** What others may import: its name, and what else its package.json exports. */
  readonly doors: ReadonlySet<string>;
}

interface Rules {
  /** Highest first: apps, service, engine, model, base. */
  readonly layers: readonly string[];
  /** `controllers → client`: edges inside a layer. */
  readonly edges: ReadonlySet<string>;
}

/** Layers that compute only: no network, disk, environment or clock. */
const PURE_LAYERS = new Set(['engine', 'model', 'base']);
/** Modules of Node that compute only. */
const PURE_MODULES = new Set(['node:util', 'node:assert', 'node:buffer']);
/** Functions that compute only, of modules that otherwise don't. */
const PURE_FUNCTIONS: Readonly<Record<string, RegExp>> = {
  'node:net': /^isIP(?:v4|v6)?$/,
  // Signing takes randomness where its algorithm does; the built-ins that sign are marked as not deterministic.
  'node:crypto':
    /^(?:checkPrimeSync|constants|create(?:Cipheriv|Decipheriv|ECDH|Hash|Hmac|PrivateKey|PublicKey)|scryptSync|sign|timingSafeEqual|type JsonWebKey|type KeyObject|KeyObject|verify|X509Certificate)$/,
  // Loads code when it is first needed, where the caller can not wait.
  'node:module': /^createRequire$/,
};
/** What reaches the world without an import. `base` may: it holds the system clock and the waiting built on it. */
const IMPURE_GLOBALS =
  /\b(?:process\.\w+|fetch\(|Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(|performance\.now\(|console\.\w+)/g;
/** Imported by tests, and itself allowed to import everything. */
const TESTKIT = '@sekisho/testkit';

/** All violations, one line each; empty when the tree is as it should be. */
export function checkImports(root: string): string[] {
  const rules = readRules(root);
  const workspaces = readWorkspaces(root);
  const byName = new Map(workspaces.map((workspace) => [workspace.name, workspace]));
  const toolchain = new Set(dependencyNames(join(root, 'package.json')));
  return workspaces.flatMap((workspace) => new WorkspaceCheck(root, workspace, byName, rules, toolchain).run());
}

class WorkspaceCheck {
  readonly #root: string;
  readonly #workspace: Workspace;
  readonly #byName: ReadonlyMap<string, Workspace>;
  readonly #rules: Rules;
  readonly #toolchain: ReadonlySet<string>;
  readonly #problems: string[] = [];
  /** Relative imports: file to files. */
  readonly #graph = new Map<string, string[]>();

  constructor(
    root: string,
    workspace: Workspace,
    byName: ReadonlyMap<string, Workspace>,
    rules: Rules,
    toolchain: ReadonlySet<string>,
  ) {
    this.#root = root;
    this.#workspace = workspace;
    this.#byName = byName;
    this.#rules = rules;
    this.#toolchain = toolchain;
  }

  run(): string[] {
    const source = join(this.#workspace.folder, 'src');
    if (!existsSync(source)) return [];
    for (const file of listFiles(source, ['.ts', '.tsx'])) this.#checkFile(file);
    for (const cycle of findCycles(this.#graph)) {
      this.#problems.push(`cycle: ${cycle.map((file) => relative(this.#root, file)).join(' → ')}`);
    }
    return this.#problems;
  }

  #checkFile(file: string): void {
    const text = readSource(file);
    // What only tests import lies in `testing/`.
    const isTest = /\.(?:test|bench)\.tsx?$|\/testing\//.test(file);
    this.#graph.set(file, []);
    for (const { specifier, isLazy } of importsOf(text)) {
      if (specifier.startsWith('.')) this.#relative(file, specifier, isLazy);
      else if (specifier.startsWith('node:')) this.#builtin(file, specifier, isTest, text);
      else this.#package(file, specifier, isTest);
    }
    const { layer } = this.#workspace;
    if (isTest || layer === 'base' || !PURE_LAYERS.has(layer)) return;
    for (const [use] of text.matchAll(IMPURE_GLOBALS)) {
      this.#problem(file, `uses ${use}: the layer ${layer} is pure, ask the caller for it`);
    }
  }

  #relative(file: string, specifier: string, isLazy: boolean): void {
    const target = resolve(dirname(file), specifier);
    if (!target.startsWith(`${this.#workspace.folder}/`)) {
      this.#problem(file, `imports ${specifier}, which is outside its package: use the other package's door`);
      // A file that is loaded only when it is needed makes no cycle of loading.
    } else if (!isLazy) this.#graph.get(file)?.push(target);
  }

  #builtin(file: string, specifier: string, isTest: boolean, text: string): void {
    const { layer } = this.#workspace;
    if (isTest || !PURE_LAYERS.has(layer) || PURE_MODULES.has(specifier)) return;
    const pure = PURE_FUNCTIONS[specifier];
    const names = new RegExp(`import\\s*\\{([^}]*)\\}\\s*from\\s*['"]${specifier}['"]`).exec(text)?.[1]?.split(',');
    if (pure !== undefined && names?.every((name) => name.trim() === '' || pure.test(name.trim()))) return;
    this.#problem(file, `imports ${specifier}: the layer ${layer} is pure`);
  }

  #package(file: string, specifier: string, isTest: boolean): void {
    const name = packageName(specifier);
    const target = this.#byName.get(name);
    if (target !== undefined && !target.doors.has(specifier)) {
      this.#problem(file, `imports ${specifier}: only ${[...target.doors].join(', ')} may be imported`);
      return;
    }
    if (isTest && (target !== undefined || this.#toolchain.has(name))) {
      if (target === undefined || name === TESTKIT || this.#mayImport(target)) return;
    }
    if (name === this.#workspace.name) {
      this.#problem(file, 'imports its own package by name: use a relative path');
    } else if (!this.#workspace.dependencies.has(name)) {
      this.#problem(file, `imports ${name}, which its package.json does not declare`);
    } else if (target !== undefined && !this.#mayImport(target)) {
      const chain = `${this.#workspace.layer}/${this.#workspace.shortName} → ${target.layer}/${target.shortName}`;
      this.#problem(file, `imports ${name}: ${chain} is no edge of ARCHITECTURE.md`);
    }
  }

  #mayImport(target: Workspace): boolean {
    if (this.#workspace.name === TESTKIT) return true;
    const from = this.#rules.layers.indexOf(this.#workspace.layer);
    const to = this.#rules.layers.indexOf(target.layer);
    if (from === to) return this.#rules.edges.has(`${this.#workspace.shortName} → ${target.shortName}`);
    return to > from;
  }

  #problem(file: string, message: string): void {
    this.#problems.push(`${relative(this.#root, file)} ${message}`);
  }
}

/** From ARCHITECTURE.md: the sentence with the layers, and the edges in the paragraph after "Inside a layer". */
function readRules(root: string): Rules {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const layers = /Imports point down only: `([^`]+)`/.exec(text)?.[1];
  if (layers === undefined) throw new Error('ARCHITECTURE.md has no sentence "Imports point down only: `…`"');
  const paragraph = /Inside a layer[\s\S]*?(?=\n\n|$)/.exec(text)?.[0] ?? '';
  const edges = new Set<string>();
  for (const [, from, to] of paragraph.matchAll(/`([\w-]+) → ([\w-]+)`/g)) edges.add(`${from} → ${to}`);
  return { layers: layers.split('→').map((layer) => layer.trim()), edges };
}

function readWorkspaces(root: string): Workspace[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] };
  return workspaces
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [pattern];
      const parent = pattern.slice(0, -2);
      if (!existsSync(join(root, parent))) return [];
      return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
    })
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const parts = folder.split('/');
      const manifest = join(root, folder, 'package.json');
      const { name, exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string; exports?: object };
      // packages/service/git is of the layer service, packages/base and apps/cli of base and apps.
      const layer = parts[0] === 'apps' ? 'apps' : (parts[1] ?? '');
      return {
        name,
        shortName: parts.at(-1) ?? '',
        layer,
        folder: join(root, folder),
        dependencies: new Set(dependencyNames(manifest)),
        doors: new Set([name, ...Object.keys(exports).map((path) => path.replace('.', name))]),
      };
    });
}

function dependencyNames(manifest: string): string[] {
  const json = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, Record<string, string> | undefined>;
  const fields = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
  return fields.flatMap((field) => Object.keys(json[field] ?? {}));
}

interface Import {
  readonly specifier: string;
  /** `import()`: may stand anywhere. Statements start a line. */
  readonly isLazy: boolean;
}

const STATEMENTS = [
  /^[ \t]*(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^[ \t]*import\s*['"]([^'"]+)['"]/gm,
];
const LAZY = /\bimport\(\s*['"]([^'"]+)['"]/g;

function importsOf(text: string): Import[] {
  const find = (pattern: RegExp, isLazy: boolean) =>
    [...text.matchAll(pattern)].map((match) => ({ specifier: match[1] ?? '', isLazy }));
  return [...STATEMENTS.flatMap((pattern) => find(pattern, false)), ...find(LAZY, true)];
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

/** One cycle per strongly tied group is enough to mend it; the chain ends where it starts. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  function visit(file: string): void {
    state.set(file, 'open');
    path.push(file);
    for (const target of graph.get(file) ?? []) {
      if (state.get(target) === 'open') cycles.push([...path.slice(path.indexOf(target)), target]);
      else if (!state.has(target) && graph.has(target)) visit(target);
    }
    path.pop();
    state.set(file, 'done');
  }
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return cycles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkImports(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''));
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
