import { defineRule, type KubesecRule } from '../rule.ts';

export const bindingRules: readonly KubesecRule[] = [
  defineRule(
    {
      id: 'BindingsToSystemAnonymous',
      selector: 'subjects[] .name == system:anonymous',
      points: -30,
      severity: 'critical',
      reason: 'Rights of system:anonymous are rights of everybody who can reach the API server',
      fix: 'Bind the role to a user, a group or a ServiceAccount.',
      kinds: ['RoleBinding', 'ClusterRoleBinding'],
    },
    ({ root }) =>
      root
        .at('subjects')
        .items()
        .map((subject) => subject.at('name')),
    (name) => name.text === 'system:anonymous',
  ),
];
