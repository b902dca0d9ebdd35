import type { Field } from '../../object/field.ts';
import type { KubesecRule, KubesecRuleInfo, RuleSubject } from '../rule.ts';

/** A rule about the volume claims of a StatefulSet; one without claims passes. */
function claimRule(
  definition: KubesecRuleInfo,
  keys: readonly string[],
  matches: (field: Field) => boolean,
): KubesecRule {
  const claims = ({ root }: RuleSubject) => root.at('spec', 'volumeClaimTemplates');
  const places = (subject: RuleSubject) =>
    claims(subject)
      .items()
      .map((claim) => claim.at('spec', ...keys));
  return {
    ...definition,
    places,
    matches: (subject) => {
      const found = places(subject);
      return found.length === 0 ? [claims(subject)] : found.filter(matches);
    },
  };
}

export const claimRules: readonly KubesecRule[] = [
  claimRule(
    {
      id: 'VolumeClaimAccessModeReadWriteOnce',
      selector: '.spec .volumeClaimTemplates[] .spec .accessModes | index("ReadWriteOnce")',
      points: 1,
      severity: 'low',
      reason: 'A volume that one node mounts at a time is written by one pod at a time',
      fix: 'Use the access mode ReadWriteOnce.',
      kinds: ['StatefulSet'],
    },
    ['accessModes'],
    (field) => field.texts.includes('ReadWriteOnce'),
  ),
  claimRule(
    {
      id: 'VolumeClaimRequestsStorage',
      selector: '.spec .volumeClaimTemplates[] .spec .resources .requests .storage',
      points: 1,
      severity: 'low',
      reason: 'Without a size the claim is refused, or gets whatever there is',
      fix: 'Set resources.requests.storage.',
      kinds: ['StatefulSet'],
    },
    ['resources', 'requests', 'storage'],
    (field) => field.isSet,
  ),
];
