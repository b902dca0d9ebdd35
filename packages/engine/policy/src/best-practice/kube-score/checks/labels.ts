import { type Check, defineCheck, grades, onField, outcomeOf } from '../check.ts';

const value = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const labelValues = defineCheck({
  name: 'Label values',
  target: 'all',
  severity: 'high',
  why: 'The API server refuses the object.',
  fix: 'Label values are letters, digits, dashes, underscores and dots, with a letter or digit at both ends.',
  run: ({ root }) => {
    const labels = root.at('metadata', 'labels');
    return outcomeOf(
      grades.critical,
      Object.entries(labels.textMap)
        .filter(([, text]) => !value.test(text))
        .map(([key]) => ({
          ...onField(labels.at(key), 'The label has a value that is not allowed', 'Write another value.'),
          path: key,
        })),
    );
  },
});

export const labelChecks: readonly Check[] = [labelValues];
