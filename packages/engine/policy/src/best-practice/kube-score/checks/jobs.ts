import { allRight, type Check, defineCheck, grades, onField, outcomeOf } from '../check.ts';

const deadline = defineCheck({
  name: 'CronJob has deadline',
  target: 'CronJob',
  severity: 'low',
  why: 'A schedule that was missed 100 times, as after a long outage, never runs again without a deadline.',
  fix: 'Set spec.startingDeadlineSeconds.',
  run: ({ root }) => {
    const field = root.at('spec', 'startingDeadlineSeconds');
    if (field.isSet) return allRight;
    return outcomeOf(grades.critical, [
      onField(field, 'The CronJob has no starting deadline', 'Set how many seconds late a run may start.'),
    ]);
  },
});

const restartPolicy = defineCheck({
  name: 'CronJob RestartPolicy',
  target: 'CronJob',
  severity: 'medium',
  why: 'Jobs accept no other policy than Never and OnFailure, and there is no default among them.',
  fix: 'Set restartPolicy: Never or OnFailure in the pod template.',
  run: (_context, { spec }) => {
    const field = spec.at('restartPolicy');
    if (field.text === 'Never' || field.text === 'OnFailure') return allRight;
    return outcomeOf(grades.critical, [
      onField(field, 'The restart policy is not one for jobs', 'Use Never or OnFailure.'),
    ]);
  },
});

export const jobChecks: readonly Check[] = [deadline, restartPolicy];
