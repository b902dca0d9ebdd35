import { formatDiagnostic } from '@sekisho/base';
import { compileGatekeeper, createInventory, type GatekeeperPolicies, reviewObject } from '@sekisho/policy';
import {
  type Assertion,
  type LibraryCase,
  type LibraryTest,
  readGatekeeperLibrary,
} from '../lib/gatekeeper-library.ts';
import type { CaseResult, RunSuite } from '../suite.ts';

const MAX_STEPS = 1_000_000;

/** Each template of Gatekeeper's library on its sample objects: as many violations as its own suite expects. */
export const run: RunSuite = async ({ casesDir, signal }) =>
  readGatekeeperLibrary(casesDir).flatMap((test) => {
    signal.throwIfAborted();
    return runTest(test);
  });

function runTest({ template, constraint, cases }: LibraryTest): CaseResult[] {
  const policies = compileGatekeeper([template, constraint]);
  const faults = policies.diagnostics.filter(({ severity }) => severity === 'error');
  if (faults.length === 0) return cases.map((one) => runCase(policies, one));
  const reason = faults.map(formatDiagnostic).join('; ');
  return cases.map(({ id }) => ({ id, passed: false, reason }));
}

function runCase(policies: GatekeeperPolicies, { id, review, inventory, assertions }: LibraryCase): CaseResult {
  const verdicts = reviewObject(policies, review, {
    enforcementPoint: 'gator.gatekeeper.sh',
    inventory: createInventory(inventory),
    limits: { steps: MAX_STEPS },
  });
  const messages = verdicts.map(({ message }) => message);
  const broken = assertions.find((assertion) => !holds(assertion, messages));
  const reason = `wanted ${JSON.stringify(broken)}, got ${messages.length}: ${messages.join(' | ')}`;
  return { id, passed: broken === undefined, reason };
}

function holds({ violations = true, message }: Assertion, messages: readonly string[]): boolean {
  const pattern = message === undefined ? undefined : new RegExp(message);
  const count = messages.filter((text) => pattern?.test(text) ?? true).length;
  if (typeof violations === 'number') return count === violations;
  return violations === true || violations === 'yes' ? count > 0 : count === 0;
}
