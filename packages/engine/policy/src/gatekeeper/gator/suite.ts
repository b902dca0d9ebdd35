import { type Diagnostic, formatDiagnostic } from '@sekisho/base';
import { at, type FieldPath, faultList, groupOf, isTexts, kindOf, type PolicyDocument } from '../document.ts';
import { matchesRegex } from './regex.ts';

/** A `test.gatekeeper.sh` Suite: policies with samples and what is expected of them. */
export interface GatorSuite {
  readonly skip: boolean;
  readonly tests: readonly GatorSuiteTest[];
}

/** Paths are relative to the suite. */
export interface GatorSuiteTest {
  readonly name: string;
  readonly skip: boolean;
  readonly template: string;
  readonly constraint: string | undefined;
  readonly expansion: string | undefined;
  /** The constraint must be refused. */
  readonly isInvalid: boolean;
  readonly cases: readonly GatorCase[];
}

export interface GatorCase {
  readonly name: string;
  readonly skip: boolean;
  readonly object: string;
  readonly inventory: readonly string[];
  readonly assertions: readonly GatorAssertion[];
}

export interface GatorAssertion {
  /** Any, none, or how many. */
  readonly violations: 'yes' | 'no' | number;
  /** RE2; only messages that it matches count. */
  readonly message: string | undefined;
}

export function isSuite(object: unknown): boolean {
  return groupOf(object) === 'test.gatekeeper.sh' && kindOf(object) === 'Suite';
}

/** Reads a suite; what is wrong with it is told in one text. */
export function readSuite(document: PolicyDocument): { suite: GatorSuite } | { error: string } {
  const diagnostics: Diagnostic[] = [];
  const faults = faultList(document, 'GATOR_SUITE_INVALID', diagnostics);
  const { object } = document;

  function text(value: unknown, path: FieldPath, isRequired: boolean): string | undefined {
    if (typeof value === 'string' && value !== '') return value;
    if (isRequired || (value !== undefined && value !== null && value !== '')) faults.add(path, 'must be text');
    return undefined;
  }
  function list(value: unknown, path: FieldPath): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    faults.add(path, 'must be a list');
    return [];
  }
  function assertion(value: unknown, path: FieldPath): GatorAssertion {
    const violations = violationsOf(at(value, 'violations'));
    if (violations === undefined) faults.add([...path, 'violations'], 'must be yes, no or a number');
    return { violations: violations ?? 'yes', message: text(at(value, 'message'), [...path, 'message'], false) };
  }
  function testCase(value: unknown, path: FieldPath): GatorCase {
    const inventory = at(value, 'inventory') ?? [];
    if (!isTexts(inventory)) faults.add([...path, 'inventory'], 'must be a list of files');
    const assertions = list(at(value, 'assertions'), [...path, 'assertions']);
    return {
      name: text(at(value, 'name'), [...path, 'name'], false) ?? '',
      skip: at(value, 'skip') === true,
      object: text(at(value, 'object'), [...path, 'object'], true) ?? '',
      inventory: isTexts(inventory) ? inventory : [],
      assertions:
        assertions.length === 0
          ? [{ violations: 'no', message: undefined }]
          : assertions.map((one, i) => assertion(one, [...path, 'assertions', i])),
    };
  }

  const tests = list(at(object, 'tests'), ['tests']).map((value, i): GatorSuiteTest => {
    const path = ['tests', i];
    return {
      name: text(at(value, 'name'), [...path, 'name'], false) ?? '',
      skip: at(value, 'skip') === true,
      template: text(at(value, 'template'), [...path, 'template'], true) ?? '',
      constraint: text(at(value, 'constraint'), [...path, 'constraint'], false),
      expansion: text(at(value, 'expansion'), [...path, 'expansion'], false),
      isInvalid: at(value, 'invalid') === true,
      cases: list(at(value, 'cases'), [...path, 'cases']).map((one, j) => testCase(one, [...path, 'cases', j])),
    };
  });
  if (diagnostics.length > 0) return { error: diagnostics.map(formatDiagnostic).join('\n') };
  return { suite: { skip: at(object, 'skip') === true, tests } };
}

/** YAML makes booleans of yes and no. */
function violationsOf(value: unknown): GatorAssertion['violations'] | undefined {
  if (value === undefined || value === true || value === 'yes') return 'yes';
  if (value === false || value === 'no') return 'no';
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What is wrong with the messages of a sample's violations, if anything is. */
export function faultOfAssertion(
  { violations, message }: GatorAssertion,
  messages: readonly string[],
): string | undefined {
  const matching: string[] = [];
  for (const text of messages) {
    const isMatch = message === undefined || matchesRegex(message, text);
    if (isMatch === undefined) return `the message ${JSON.stringify(message)} is no regular expression`;
    if (isMatch) matching.push(text);
  }
  const count = matching.length;
  const isRight = violations === 'yes' ? count > 0 : count === (violations === 'no' ? 0 : violations);
  if (isRight) return undefined;
  const wanted = violations === 'yes' ? 'at least one violation' : `${violations === 'no' ? 0 : violations} violations`;
  const which = message === undefined ? '' : ` with messages matching ${JSON.stringify(message)}`;
  return `unexpected number of violations: got ${count} violations but want ${wanted}${which}; got messages ${JSON.stringify(messages)}`;
}
