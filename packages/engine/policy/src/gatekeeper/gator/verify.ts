import { formatDiagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { at, gatekeeperKind, isRecord, type PolicyDocument } from '../document.ts';
import type { Review } from '../review.ts';
import type { SuiteFilter } from './filter.ts';
import { readDocuments } from './read-documents.ts';
import { faultOfAssertion, type GatorCase, type GatorSuite, type GatorSuiteTest } from './suite.ts';
import { createWorld, type GatorWorld, judge, withObjects } from './world.ts';

/** The text of a file that a suite names, by its path relative to the suite; throws an Error when there is none. */
export type ReadSuiteFile = (path: string) => string;

export interface VerifyOptions {
  /** What runs; default all. */
  readonly selects?: SuiteFilter;
  /** Milliseconds, for how long things took; without it they take no time. */
  readonly now?: () => number;
}

interface Outcome {
  readonly name: string;
  readonly skipped: boolean;
  readonly error: string | undefined;
  readonly ms: number;
}

export interface TestOutcome extends Outcome {
  readonly cases: readonly Outcome[];
}

export interface SuiteOutcome {
  readonly path: string;
  /** Of the suite as a whole. */
  readonly error: string | undefined;
  readonly ms: number;
  readonly tests: readonly TestOutcome[];
}

/** Runs the tests of a suite. */
export function gatorVerify(
  path: string,
  suite: GatorSuite,
  readFile: ReadSuiteFile,
  options: VerifyOptions = {},
): SuiteOutcome {
  const now = options.now ?? (() => 0);
  const start = now();
  const tests = suite.skip ? [] : suite.tests.map((test) => runTest(test, readFile, options, now));
  return { path, error: undefined, ms: now() - start, tests };
}

export function isFailedSuite({ error, tests }: SuiteOutcome): boolean {
  return error !== undefined || tests.some(isFailedTest);
}

export function isFailedTest({ error, cases }: TestOutcome): boolean {
  return error !== undefined || cases.some((one) => one.error !== undefined);
}

function runTest(
  test: GatorSuiteTest,
  readFile: ReadSuiteFile,
  { selects = () => true }: VerifyOptions,
  now: () => number,
): TestOutcome {
  const start = now();
  const done = (error: string | undefined, cases: readonly Outcome[] = []): TestOutcome => {
    return { name: test.name, skipped: false, error, ms: now() - start, cases };
  };
  if (test.skip || !selects(test)) return { ...done(undefined), skipped: true };
  try {
    const template = only(readFiles([test.template], readFile), test.template);
    const constraint = test.constraint === undefined ? [] : readFiles([test.constraint], readFile);
    const expansion = test.expansion === undefined ? [] : readFiles([test.expansion], readFile);
    const policies = [template, ...constraint, ...expansion];
    const world = createWorld(policies, []);
    const faults = world.diagnostics.filter(({ severity }) => severity === 'error');
    const ofConstraint = faults.filter(({ code }) => code === 'GATEKEEPER_CONSTRAINT_INVALID');
    if (test.isInvalid && ofConstraint.length > 0 && ofConstraint.length === faults.length) return done(undefined);
    if (faults.length > 0) return done(faults.map(formatDiagnostic).join('\n'));
    if (test.isInvalid) return done('the constraint should be refused, and it is not');
    if (gatekeeperKind(template.object) !== 'template') return done(`${test.template} is no ConstraintTemplate`);
    return done(
      undefined,
      test.cases.map((one) => {
        const began = now();
        const skipped = one.skip || !selects(test, one);
        const error = skipped ? undefined : runCase(one, world, readFile);
        return { name: one.name, skipped, error, ms: now() - began };
      }),
    );
  } catch (error) {
    if (error instanceof FileFault) return done(error.message);
    throw error;
  }
}

function runCase(
  { object: path, inventory, assertions }: GatorCase,
  world: GatorWorld,
  readFile: ReadSuiteFile,
): string | undefined {
  try {
    const { object, review } = subjectOf(only(readFiles([path], readFile), path).object, path);
    const objects = readFiles(inventory, readFile).map((document) => document.object);
    const { violations, error } = judge(withObjects(world, objects), object, review);
    if (error !== undefined) return error;
    const messages = violations.map(({ message }) => message);
    const faults = assertions.map((assertion) => faultOfAssertion(assertion, messages));
    return faults.find((fault) => fault !== undefined);
  } catch (error) {
    if (error instanceof FileFault) return error.message;
    throw error;
  }
}

/** An AdmissionReview is taken as it is; any other object is one that somebody creates. */
function subjectOf(object: KubeObject, path: string): { object: KubeObject; review?: Review } {
  if (object.kind !== 'AdmissionReview') return { object };
  const request = at(object, 'request');
  const subject = at(request, 'object') ?? at(request, 'oldObject');
  if (!isRecord(request) || !isRecord(subject))
    throw new FileFault(`${path}: an AdmissionReview needs a request with an object or an oldObject`);
  return { object: subject as unknown as KubeObject, review: { request } };
}

class FileFault extends Error {}

function readFiles(paths: readonly string[], readFile: ReadSuiteFile): readonly PolicyDocument[] {
  const files = paths.map((file) => {
    try {
      return { file, text: readFile(file) };
    } catch (error) {
      throw new FileFault(`reading ${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  const { documents, errors } = readDocuments(files);
  if (errors.length > 0) throw new FileFault(errors.join('\n'));
  return documents;
}

function only(documents: readonly PolicyDocument[], path: string): PolicyDocument {
  const [first, second] = documents;
  if (first === undefined) throw new FileFault(`${path} holds no object`);
  if (second !== undefined) throw new FileFault(`${path} holds more than one object`);
  return first;
}
