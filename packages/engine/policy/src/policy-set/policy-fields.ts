import { at, type FaultList, isTexts } from '../gatekeeper/document.ts';
import { type Matcher, parseMatch } from '../gatekeeper/match.ts';
import type { Gate, PolicyAction } from './types.ts';
import { GATES } from './unit.ts';
import { isAction } from './verdicts.ts';

/** Fields that PolicySource and BestPracticeProfile have in common. */
export function readMatch(spec: unknown, faults: FaultList): Matcher {
  const { matches, faults: matchFaults } = parseMatch(at(spec, 'match'));
  for (const { path, message } of matchFaults) faults.add(['spec', 'match', ...path], message);
  return matches;
}

/** Undefined: all. */
export function readGates(spec: unknown, faults: FaultList): readonly Gate[] | undefined {
  const gates = at(spec, 'gates');
  if (gates === undefined || gates === null) return undefined;
  if (isTexts(gates) && gates.length > 0 && gates.every(isGate)) return GATES.filter((gate) => gates.includes(gate));
  faults.add(['spec', 'gates'], `must be a list of ${GATES.join(', ')}`);
  return undefined;
}

function isGate(name: string): name is Gate {
  return (GATES as readonly string[]).includes(name);
}

export function readAction(spec: unknown, faults: FaultList): PolicyAction | undefined {
  const action = at(spec, 'enforcementAction');
  if (action === undefined || action === null || isAction(action)) return action ?? undefined;
  faults.add(['spec', 'enforcementAction'], `must be deny, warn or dryrun, not ${JSON.stringify(action)}`);
  return undefined;
}
