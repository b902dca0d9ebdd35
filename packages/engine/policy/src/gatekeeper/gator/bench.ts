import { formatDiagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { gatekeeperKind, kindOf, nameOf, type PolicyDocument } from '../document.ts';
import { createInventory } from '../inventory.ts';
import { type CompiledTemplate, compileGatekeeper, type GatekeeperOptions } from '../policies.ts';
import { reviewObject, reviewOf } from '../review.ts';
import type { TemplateCode } from '../template.ts';
import { type GatorFile, readDocuments } from './read-documents.ts';
import { createWorld } from './world.ts';

export type BenchEngine = 'rego' | 'cel';

export interface GatorBenchOptions {
  readonly engines: readonly BenchEngine[];
  /** How often each object is reviewed. */
  readonly iterations: number;
  /** Rounds before time is taken. */
  readonly warmup: number;
  /** Reviews that come at once: each waits for those before it, as those of one process do. */
  readonly concurrency: number;
  /** Nanoseconds. */
  readonly clock: () => number;
  /** Bytes that are taken of the heap; with it memory is measured. */
  readonly heapUsed?: () => number;
  /** Asked between reviews. */
  readonly signal?: AbortSignal;
}

/** Of one engine; all times are nanoseconds. Its JSON is what gator saves to compare with. */
export interface BenchResult {
  readonly engine: BenchEngine;
  readonly templateCount: number;
  /** That are not written for the engine. */
  readonly skippedTemplates?: readonly string[];
  readonly constraintCount: number;
  readonly skippedConstraints?: readonly string[];
  readonly objectCount: number;
  readonly iterations: number;
  readonly concurrency: number;
  readonly setupDuration: number;
  readonly setupBreakdown: {
    readonly clientCreation: number;
    readonly templateCompilation: number;
    readonly constraintLoading: number;
    readonly dataLoading: number;
  };
  readonly totalDuration: number;
  readonly latencies: Latencies;
  readonly violationCount: number;
  readonly reviewsPerSecond: number;
  readonly memoryStats?: MemoryStats;
}

/** What reviews take of the heap, in bytes; how many pieces that are nobody counts. */
export interface MemoryStats {
  readonly bytesPerReview: number;
  readonly totalBytes: number;
}

export interface Latencies {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Results; or why nothing could be measured. An engine that no template is written for is left out when there are others. */
export type BenchOutcome =
  | { readonly results: readonly BenchResult[]; readonly warnings: readonly string[]; readonly errors?: undefined }
  | { readonly results?: undefined; readonly errors: readonly string[] };

/** `gator bench`: how long reviews of all objects by all constraints take, with one engine or each. */
export function gatorBench(files: readonly GatorFile[], options: GatorBenchOptions): BenchOutcome {
  const { documents, errors } = readDocuments(files);
  if (errors.length > 0) return { errors: errors.map((error) => `reading sources: ${error}`) };
  if (documents.length === 0) return { errors: ['no input data identified'] };
  const of = (kind: 'template' | 'constraint'): readonly PolicyDocument[] =>
    documents.filter(({ object }) => gatekeeperKind(object) === kind);
  const input: Input = {
    templates: of('template'),
    constraints: of('constraint'),
    objects: documents.map(({ object }) => object).filter((object) => !isPolicy(object)),
  };
  if (input.templates.length === 0) return { errors: ['no ConstraintTemplates found in input'] };
  if (input.constraints.length === 0) return { errors: ['no Constraints found in input'] };
  if (input.objects.length === 0) return { errors: ['no objects to review found in input'] };
  const results: BenchResult[] = [];
  const failures: string[] = [];
  for (const engine of options.engines) {
    const outcome = benchEngine(engine, input, options);
    if ('errors' in outcome) failures.push(...outcome.errors.map((error) => `${engine}: ${error}`));
    else results.push(outcome);
  }
  return results.length === 0 ? { errors: failures } : { results, warnings: failures };
}

interface Input {
  readonly templates: readonly PolicyDocument[];
  readonly constraints: readonly PolicyDocument[];
  readonly objects: readonly KubeObject[];
}

function isPolicy(object: KubeObject): boolean {
  const kind = gatekeeperKind(object);
  return kind === 'template' || kind === 'constraint';
}

const ENGINES: Readonly<Record<BenchEngine, TemplateCode['engine']>> = { rego: 'Rego', cel: 'K8sNativeValidation' };

function benchEngine(
  engine: BenchEngine,
  { templates, constraints, objects }: Input,
  options: GatorBenchOptions,
): BenchResult | { readonly errors: readonly string[] } {
  const { clock, iterations, concurrency } = options;
  const start = clock();
  const done = new Map<PolicyDocument, CompiledTemplate>();
  const engineOptions: GatekeeperOptions = {
    engine: ENGINES[engine],
    compileOnce(document, compile) {
      const compiled = done.get(document) ?? compile();
      done.set(document, compiled);
      return compiled;
    },
  };
  const compiled = compileGatekeeper(templates, engineOptions);
  const faults = compiled.diagnostics.filter(({ severity }) => severity === 'error');
  if (faults.length > 0) return { errors: faults.map(formatDiagnostic) };
  const usable = [...compiled.templates.values()].filter(({ code }) => code.engine === ENGINES[engine]);
  const names = new Set(usable.map(({ name }) => name));
  const kinds = new Set(usable.map(({ kind }) => kind));
  const templatesDone = clock();
  if (usable.length === 0)
    return { errors: [`no templates are written for this engine (all ${templates.length} skipped)`] };

  const loaded = templates.filter(({ object }) => names.has(nameOf(object)));
  const asked = constraints.filter(({ object }) => kinds.has(kindOf(object)));
  const world = createWorld([...loaded, ...asked], objects, engineOptions);
  const broken = world.diagnostics.filter(({ severity }) => severity === 'error');
  if (broken.length > 0) return { errors: broken.map(formatDiagnostic) };
  const { policies } = world;
  if (policies.constraints.length === 0)
    return { errors: [`no constraints loaded (all ${constraints.length} skipped)`] };
  const constraintsDone = clock();
  const inventory = createInventory(objects);
  const dataDone = clock();

  const reviews = objects.map((object) => ({ object, namespace: world.namespaceOf(object) }));
  const review = ({ object, namespace }: (typeof reviews)[number]): number =>
    reviewObject(policies, reviewOf(object, { namespace }), { enforcementPoint: 'gator.gatekeeper.sh', inventory })
      .length;
  for (let i = 0; i < options.warmup; i++) for (const one of reviews) review(one);

  const durations: number[] = [];
  let violationCount = 0;
  const began = clock();
  let roundBegan = began;
  for (let i = 0; i < iterations; i++) {
    options.signal?.throwIfAborted();
    for (const one of reviews) {
      if (durations.length % concurrency === 0) roundBegan = clock();
      violationCount += review(one);
      durations.push(clock() - roundBegan);
    }
  }
  const totalDuration = clock() - began;
  const { heapUsed } = options;
  const memoryStats =
    heapUsed === undefined
      ? undefined
      : measureMemory(() => reviews.map(review), heapUsed, { rounds: iterations, perRound: reviews.length });
  const skippedTemplates = templates.map(({ object }) => nameOf(object)).filter((name) => !names.has(name));
  const skippedConstraints = constraints
    .filter(({ object }) => !kinds.has(kindOf(object)))
    .map(({ object }) => nameOf(object));
  return {
    engine,
    templateCount: usable.length,
    ...(skippedTemplates.length === 0 ? {} : { skippedTemplates }),
    constraintCount: policies.constraints.length,
    ...(skippedConstraints.length === 0 ? {} : { skippedConstraints }),
    objectCount: objects.length,
    iterations,
    concurrency,
    setupDuration: dataDone - start,
    setupBreakdown: {
      clientCreation: 0,
      templateCompilation: templatesDone - start,
      constraintLoading: constraintsDone - templatesDone,
      dataLoading: dataDone - constraintsDone,
    },
    totalDuration,
    latencies: latenciesOf(durations),
    violationCount,
    reviewsPerSecond: totalDuration > 0 ? (durations.length / totalDuration) * 1e9 : 0,
    ...(memoryStats === undefined ? {} : { memoryStats }),
  };
}

/** More rounds tell nothing more. */
const MEMORY_ROUNDS = 1_000;

/** After the time is taken, as measuring takes time itself. Rounds in which garbage was collected are left out. */
function measureMemory(
  reviewAll: () => unknown,
  heapUsed: () => number,
  { rounds, perRound }: { readonly rounds: number; readonly perRound: number },
): MemoryStats {
  const taken: number[] = [];
  let before = heapUsed();
  for (let i = 0; i < Math.min(rounds, MEMORY_ROUNDS); i++) {
    reviewAll();
    const after = heapUsed();
    if (after > before) taken.push(after - before);
    before = after;
  }
  const sum = taken.reduce((total, bytes) => total + bytes, 0);
  const bytesPerReview = taken.length === 0 ? 0 : Math.round(sum / taken.length / perRound);
  return { bytesPerReview, totalBytes: bytesPerReview * rounds * perRound };
}

function latenciesOf(durations: readonly number[]): Latencies {
  const sorted = [...durations].sort((a, b) => a - b);
  const at = (percentile: number): number => {
    const rank = (percentile / 100) * (sorted.length - 1);
    const below = sorted[Math.floor(rank)] ?? 0;
    const above = sorted[Math.ceil(rank)] ?? below;
    return Math.round(below + (above - below) * (rank - Math.floor(rank)));
  };
  const sum = sorted.reduce((total, duration) => total + duration, 0);
  return {
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    mean: sorted.length === 0 ? 0 : Math.round(sum / sorted.length),
    p50: at(50),
    p95: at(95),
    p99: at(99),
  };
}
