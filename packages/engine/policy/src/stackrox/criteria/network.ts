import { exposureLevels } from '../view/ports.ts';
import { type Criterion, criterion, Missing } from './criterion.ts';
import { comparison, oneOf, prefix } from './value.ts';

export const networkCriteria: readonly Criterion[] = [
  criterion('Exposed Port', {
    level: 'port',
    values: comparison,
    negatable: true,
    read: ({ port }) => [port],
    says: () => 'is a port that the policy is about',
  }),
  criterion('Exposed Port Protocol', {
    level: 'port',
    values: prefix,
    negatable: true,
    read: ({ protocol }) => [protocol],
    says: (found) => `speaks ${found}`,
  }),
  criterion('Exposed Node Port', {
    level: 'exposure',
    values: comparison,
    negatable: true,
    read: ({ nodePort }) => (nodePort === undefined ? undefined : [nodePort]),
    says: (found) => `is port ${found} of the nodes`,
  }),
  criterion('Port Exposure Method', {
    level: 'port',
    values: oneOf(exposureLevels),
    negatable: true,
    read({ exposure, servicesUnknown }) {
      if (exposure !== 'UNSET') return [exposure];
      return servicesUnknown ? new Missing('the Services') : undefined;
    },
    says: (found) => `is exposed as ${found}`,
  }),
];
