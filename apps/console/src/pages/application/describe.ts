import type { ApplicationObject, ApplicationRow } from '../../api/types.ts';
import type { Tone } from '../../components/states.ts';
import { authorName, count, shortDigest } from '../../format/text.ts';

export interface StateInWords {
  readonly tone: Tone;
  readonly sentences: readonly string[];
}

/** What runs, whether it is what git says, and why not: in words. */
export function describeState(row: ApplicationRow, application?: ApplicationObject): StateInWords {
  const { sync, health, revision, author, message, autoSync, drifted, held } = row;
  const operation = application?.status?.operationState;
  const sentences: string[] = [];
  if (row.deleting === true || application?.metadata.deletionTimestamp !== undefined) {
    return { tone: 'busy', sentences: ['It is being deleted, together with what it made.'] };
  }
  sentences.push(
    revision === undefined || revision === '' || (row.deployedAt === undefined && sync !== 'Synced')
      ? 'Nothing was deployed yet.'
      : `It runs ${shortDigest(revision)}${message ? ` “${message}”` : ''}${author ? ` by ${authorName(author)}` : ''}.`,
  );
  if (operation?.phase === 'Running') sentences.push('A sync is under way.');
  else if (sync === 'Synced') sentences.push('The cluster is what git says.');
  else if (sync === 'OutOfSync') {
    const what =
      drifted > 0 ? `${count(drifted, 'field was', 'fields were')} changed beside git` : 'The cluster differs from git';
    const then =
      held !== undefined
        ? 'the new revision is held back'
        : (row.gate?.deny ?? 0) > 0
          ? 'policies deny what git says: no sync begins'
          : !autoSync
            ? 'somebody must sync it: auto-sync is off'
            : drifted > 0 && application?.spec?.syncPolicy?.automated?.selfHeal !== true
              ? 'auto-sync leaves that alone: self-heal is off'
              : 'auto-sync will put it right';
    sentences.push(`${what}; ${then}.`);
  } else sentences.push('It could not be compared with git.');
  if (health !== 'Healthy')
    sentences.push(healthSentence(health, row.healthMessage ?? application?.status?.health?.message));
  return { tone: toneOf(row, operation?.phase), sentences };
}

const HEALTH_SENTENCE: Readonly<Record<string, string>> = {
  Progressing: 'It is not healthy yet.',
  Degraded: 'It is degraded.',
  Suspended: 'Part of it is paused.',
  Missing: 'Objects of it are missing in the cluster.',
};

function healthSentence(health: string, why: string | undefined): string {
  const sentence = HEALTH_SENTENCE[health] ?? 'Its health is not known.';
  return why === undefined || why === '' ? sentence : `${sentence.replace(/\.$/, '')}: ${why}`;
}

function toneOf({ health, sync }: ApplicationRow, phase: string | undefined): Tone {
  if (health === 'Degraded') return 'bad';
  if (phase === 'Running' || health === 'Progressing') return 'busy';
  if (sync === 'OutOfSync' || health === 'Missing') return 'attention';
  return sync === 'Synced' && health === 'Healthy' ? 'good' : 'none';
}

/** `ComparisonError` as people say it. */
export function conditionTitle(type: string): string {
  const words = type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** A sync that waits until somebody agrees to what it deletes. */
export function waitsForConfirmation(application: ApplicationObject): string | undefined {
  const { phase, message = '' } = application.status?.operationState ?? { phase: '' };
  return phase === 'Running' && /confirm/i.test(message) ? message : undefined;
}
