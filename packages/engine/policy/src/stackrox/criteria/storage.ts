import { type Criterion, criterion } from './criterion.ts';
import { expression, oneOf, truth } from './value.ts';

export const storageCriteria: readonly Criterion[] = [
  criterion('Volume Name', {
    level: 'volume',
    values: expression,
    negatable: true,
    read: ({ name }) => [name],
    says: () => 'has a name that the policy is about',
  }),
  criterion('Volume Source', {
    level: 'volume',
    values: expression,
    negatable: true,
    read: ({ source }) => [source],
    says: (found) => `has the source ${found === '' ? '(none)' : found}`,
  }),
  criterion('Volume Destination', {
    level: 'volume',
    values: expression,
    negatable: true,
    read: ({ destination }) => [destination],
    field: (at) => at.at('mountPath'),
    says: (found) => `is mounted at ${found}`,
  }),
  criterion('Volume Type', {
    level: 'volume',
    values: expression,
    negatable: true,
    read: ({ type }) => [type],
    says: (found) => `is of the type ${found}`,
  }),
  criterion('Writable Host Mount', {
    level: 'volume',
    values: truth,
    single: true,
    read: ({ type, readOnly }) => (type === 'HostPath' ? [!readOnly] : undefined),
    field: (at) => at.at('readOnly'),
    says: (found) => `is a folder of the node that can ${found === 'true' ? '' : 'not '}be written to`,
  }),
  criterion('Writable Mounted Volume', {
    level: 'volume',
    values: truth,
    single: true,
    read: ({ readOnly }) => [!readOnly],
    field: (at) => at.at('readOnly'),
    says: (found) => `can ${found === 'true' ? '' : 'not '}be written to`,
  }),
  criterion('Mount Propagation', {
    level: 'volume',
    values: oneOf(['NONE', 'HOSTTOCONTAINER', 'BIDIRECTIONAL']),
    negatable: true,
    read: ({ propagation }) => [propagation],
    field: (at) => at.at('mountPropagation'),
    says: (found) => `has the mount propagation ${found}`,
  }),
];
