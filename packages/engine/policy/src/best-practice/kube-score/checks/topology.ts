import type { Field } from '../../object/field.ts';
import { type Check, type Comment, defineCheck, grades, onField, outcomeOf } from '../check.ts';

const spread = defineCheck({
  name: 'Pod Topology Spread Constraints',
  target: 'Pod',
  severity: 'medium',
  why: 'A constraint that is incomplete is refused, or counts other pods than those that are meant.',
  fix: 'Give each constraint a labelSelector, a topologyKey, a maxSkew of 1 or more and whenUnsatisfiable.',
  run: (_context, { spec }) =>
    outcomeOf(grades.critical, spec.at('topologySpreadConstraints').items().flatMap(faultsOf)),
});

function faultsOf(constraint: Field): Comment[] {
  const comments: Comment[] = [];
  const say = (key: string, summary: string) => {
    comments.push(onField(constraint.at(key), summary, 'Correct the constraint or leave it out.'));
  };
  if (!constraint.at('labelSelector').isSet) say('labelSelector', 'The spread constraint selects no pods');
  if ((constraint.at('maxSkew').number ?? 0) === 0) say('maxSkew', 'The spread constraint has no maxSkew');
  if (constraint.at('minDomains').number === 0) say('minDomains', 'The spread constraint asks for no domain at all');
  if ((constraint.at('topologyKey').text ?? '') === '') say('topologyKey', 'The spread constraint has no topologyKey');
  const action = constraint.at('whenUnsatisfiable').text;
  if (action !== 'DoNotSchedule' && action !== 'ScheduleAnyway') {
    say('whenUnsatisfiable', 'The spread constraint does not say what to do when it can not be met');
  }
  return comments;
}

export const topologyChecks: readonly Check[] = [spread];
