import { compilePolicy, type Policy, RegoEvaluationError, type Value } from '@sekisho/rego';
import {
  type Assertion,
  type LibraryCase,
  type LibraryPolicy,
  readGatekeeperLibrary,
} from '../lib/gatekeeper-library.ts';
import type { CaseResult, RunSuite } from '../suite.ts';

const MAX_STEPS = 1_000_000;

/** The Rego of each template of Gatekeeper's library on its sample objects: as many violations as its own suite expects. */
export const run: RunSuite = async ({ casesDir, signal }) =>
  readGatekeeperLibrary(casesDir).flatMap((policy) => {
    signal.throwIfAborted();
    return runPolicy(policy);
  });

function runPolicy(library: LibraryPolicy): CaseResult[] {
  const { policy, faults } = compilePolicy({ modules: library.modules });
  if (policy === undefined) {
    const reason = faults.map((fault) => `${fault.code}: ${fault.message}`).join('; ');
    return library.cases.map(({ id }) => ({ id, passed: false, reason }));
  }
  return library.cases.map((one) => runCase(library, policy, one));
}

function runCase(library: LibraryPolicy, policy: Policy, one: LibraryCase): CaseResult {
  const { query, faults } = policy.prepareQuery(`${library.query}[violation]`);
  if (query === undefined) return { id: one.id, passed: false, reason: faults[0]?.message ?? '' };
  try {
    const results = query.evaluate({
      input: one.input,
      data: { inventory: one.inventory },
      limits: { steps: MAX_STEPS },
    });
    const messages = results.map(({ bindings }) => messageOf(bindings['violation']));
    const broken = one.assertions.find((assertion) => !holds(assertion, messages));
    const reason = `wanted ${JSON.stringify(broken)}, got ${messages.length}: ${messages.join(' | ')}`;
    return { id: one.id, passed: broken === undefined, reason };
  } catch (error) {
    if (!(error instanceof RegoEvaluationError)) throw error;
    return { id: one.id, passed: false, reason: `${error.code}: ${error.message}` };
  }
}

function messageOf(violation: Value | undefined): string {
  return String((violation as { msg?: Value } | undefined)?.msg ?? '');
}

function holds({ violations = true, message }: Assertion, messages: readonly string[]): boolean {
  const pattern = message === undefined ? undefined : new RegExp(message);
  const count = messages.filter((text) => pattern?.test(text) ?? true).length;
  if (typeof violations === 'number') return count === violations;
  return violations === true || violations === 'yes' ? count > 0 : count === 0;
}
