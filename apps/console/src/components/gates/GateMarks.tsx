import { GATES, type Gate, type PolicyRow } from '../../api/gates.ts';
import { stateLook } from '../states.ts';
import { GATE_WORDS } from './words.ts';

/** At which gates a policy is asked, in the order of the road. */
export function GateMarks({ policy }: { policy: PolicyRow }) {
  return (
    <span className="sk-gates">
      {GATES.map((gate) => {
        const action = actionAt(policy, gate);
        const { name, when } = GATE_WORDS[gate];
        if (action === undefined) {
          return (
            <span key={gate} className="sk-gate sk-gate-off" title={`Not asked ${when}`} aria-hidden="true">
              {name}
            </span>
          );
        }
        const { word, tone, Icon } = stateLook('action', action);
        return (
          <span key={gate} className={`sk-gate sk-tone-${tone}`} title={`${word} ${when}`}>
            {policy.action === 'scoped' ? <Icon /> : null}
            {name}
            <span className="pf-v6-screen-reader">: {word.toLowerCase()}</span>
          </span>
        );
      })}
    </span>
  );
}

/** What follows at a gate; undefined when the policy is not asked there. */
export function actionAt({ gates, action, enforcement }: PolicyRow, gate: Gate): string | undefined {
  if (!gates.includes(gate)) return undefined;
  return enforcement?.[gate] ?? action;
}
