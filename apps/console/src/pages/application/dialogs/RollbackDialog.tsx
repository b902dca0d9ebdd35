import {
  Button,
  Checkbox,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextArea,
} from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApplicationName, getApplication, rollbackApplication } from '../../../api/applications.ts';
import type { ApplicationDetail, Release, RollbackState } from '../../../api/types.ts';
import { Digest } from '../../../components/Copy.tsx';
import { InlineFailure } from '../../../components/Nothing.tsx';
import { Time } from '../../../components/Time.tsx';
import { authorName, shortDigest } from '../../../format/text.ts';
import { rowKey } from '../../../live/row-store.ts';

const POLL_MS = 500;

interface Props {
  readonly app: ApplicationName;
  readonly release: Release;
  readonly current: Release | undefined;
  /** Objects that differ between the two. */
  readonly changed: number;
  readonly autoSync: boolean;
  onClose(): void;
}

export function RollbackDialog({ app, release, current, changed, autoSync, onClose }: Props) {
  const [reason, setReason] = useState('');
  const [pullRequest, setPullRequest] = useState(false);
  const queries = useQueryClient();
  const rollback = useMutation({
    mutationFn: () =>
      rollbackApplication(app, { id: release.id, reason: reason.trim(), ...(pullRequest ? { pullRequest } : {}) }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['application', rowKey(app)] }),
  });
  if (rollback.isSuccess) return <Progress app={app} begun={rollback.data} onClose={onClose} />;
  return (
    <Modal variant="medium" isOpen onClose={onClose} aria-labelledby="rollback-title">
      <ModalHeader
        title={`Roll ${app.name} back to ${shortDigest(release.revision)}?`}
        titleIconVariant="warning"
        labelId="rollback-title"
        description={`A commit in git takes back what came after it. ${changed === 0 ? 'The same objects are applied again' : `${changed} ${changed === 1 ? 'object changes' : 'objects change'}`}${autoSync ? ', and auto-sync stays on' : ''}. ${current === undefined ? '' : `${shortDigest(current.revision)} is held back, so that it is not applied again.`}`}
      />
      <ModalBody>
        {rollback.isError ? <InlineFailure error={rollback.error} title="Not rolled back" /> : null}
        <Form onSubmit={(event) => event.preventDefault()}>
          <dl className="sk-facts">
            <div>
              <dt>Back to</dt>
              <dd>
                <Digest value={release.revision} /> {release.message}
              </dd>
            </div>
            <div>
              <dt>Author</dt>
              <dd>{authorName(release.author)}</dd>
            </div>
            <div>
              <dt>Released</dt>
              <dd>
                <Time value={release.finishedAt} />
              </dd>
            </div>
          </dl>
          <FormGroup label="Why (goes into the commit and the audit log)" fieldId="rollback-reason" isRequired>
            <TextArea
              id="rollback-reason"
              value={reason}
              onChange={(_event, value) => setReason(value)}
              resizeOrientation="vertical"
              rows={3}
              autoFocus
              isRequired
            />
          </FormGroup>
          <Checkbox
            id="rollback-pr"
            label="Open a pull request instead of a commit on the branch"
            isChecked={pullRequest}
            onChange={(_event, checked) => setPullRequest(checked)}
          />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          onClick={() => rollback.mutate()}
          isDisabled={reason.trim() === '' || rollback.isPending}
          isLoading={rollback.isPending}
        >
          Roll back
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** Follows the rollback to its end; closing the window leaves it running. */
function Progress({ app, begun, onClose }: { app: ApplicationName; begun: RollbackState; onClose: () => void }) {
  const { data } = useQuery({
    queryKey: ['application', rowKey(app), 'rollback', begun.id],
    queryFn: ({ signal }) => getApplication(app, signal),
    refetchInterval: (query) => (isDone(stateOf(query.state.data, begun)) ? false : POLL_MS),
  });
  const { phase, message, commits = [], to, pullRequest } = stateOf(data, begun);
  const titles = {
    Running: `${app.name} is being rolled back to ${shortDigest(to)}`,
    Succeeded: pullRequest === true ? 'The rollback waits in a pull request' : `${app.name} is rolled back`,
    Failed: 'The rollback failed',
  } as const;
  const icons = { Running: 'info', Succeeded: 'success', Failed: 'danger' } as const;
  return (
    <Modal variant="small" isOpen onClose={onClose} aria-labelledby="rolled-back">
      <ModalHeader title={titles[phase]} titleIconVariant={icons[phase]} labelId="rolled-back" />
      <ModalBody>
        <p role="status">{message}</p>
        {commits.map(({ commit, branch, pullRequest: url, note }) => (
          <p key={commit}>
            {url === undefined ? (
              <>
                The revert is <Digest value={commit} /> on {branch}.
              </>
            ) : (
              <>
                Merge it to go back: <a href={url}>{url}</a>
              </>
            )}{' '}
            {note}
          </p>
        ))}
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Close</Button>
      </ModalFooter>
    </Modal>
  );
}

/** The answer says how it began; the application, how it goes on. */
function stateOf(detail: ApplicationDetail | undefined, begun: RollbackState): RollbackState {
  const known = detail?.application.status?.rollback;
  return known?.id === begun.id ? known : begun;
}

function isDone({ phase }: RollbackState): boolean {
  return phase !== 'Running';
}
