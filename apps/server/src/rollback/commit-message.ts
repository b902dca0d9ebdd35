import type { Revision } from '@sekisho/git';
import { type RollbackState, shortSet } from './rollback-state.ts';

/** Commits that are named one by one; of more, the number is told. */
const MAX_NAMED = 50;

/**
 * The message of a revert commit: what, why, what it takes back, and as trailers what programs look for.
 *
 * @param input  reverted: newest first; to: the commit in this repository that is gone back to; link: to the bad release
 */
export function revertMessage(input: {
  readonly state: RollbackState;
  readonly application: { readonly namespace: string; readonly name: string };
  readonly to: string;
  readonly reverted: readonly Revision[];
  /** Applications that use the same files and go back, too. */
  readonly also: readonly string[];
  readonly link: string;
}): string {
  const { state, application, reverted } = input;
  const { namespace, name } = application;
  const named = reverted.slice(0, MAX_NAMED);
  const release = state.fromRelease === undefined ? 'The bad release' : `The bad release ${state.fromRelease}`;
  const paragraphs = [
    `Roll back ${name} to ${input.to.slice(0, 7)}`,
    state.reason,
    [
      ...named.map(({ commit, message }) => `This reverts commit ${commit} (${message}).`),
      ...(reverted.length > named.length ? [`and ${reverted.length - named.length} commits before.`] : []),
    ].join('\n'),
    `${release} (${shortSet(state.from)}): ${input.link}`,
    input.also.length === 0 ? '' : `Uses the same files and goes back, too: ${input.also.join(', ')}`,
    [
      `Sekisho-Application: ${namespace}/${name}`,
      ...(named.length === 0 ? [] : named.map(({ commit }) => `Sekisho-Reverts: ${commit}`)),
      `Sekisho-Restores: ${input.to}`,
      `Sekisho-Rollback: ${state.id}`,
      `Sekisho-Requested-By: ${state.initiatedBy.username}${state.initiatedBy.automatic === true ? ' (automatic)' : ''}`,
    ]
      .map(oneLine)
      .join('\n'),
  ];
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
