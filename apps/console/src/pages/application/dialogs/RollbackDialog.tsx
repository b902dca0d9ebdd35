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
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApplicationName, type RollbackAnswer, rollbackApplication } from '../../../api/applications.ts';
import type { Release } from '../../../api/types.ts';
import { Digest } from '../../../components/Copy.tsx';
import { InlineFailure } from '../../../components/Nothing.tsx';
import { Time } from '../../../components/Time.tsx';
import { authorName, shortDigest } from '../../../format/text.ts';
import { rowKey } from '../../../live/row-store.ts';

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
  if (rollback.isSuccess) return <Done app={app} answer={rollback.data} onClose={onClose} />;
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

function Done({ app, answer, onClose }: { app: ApplicationName; answer: RollbackAnswer; onClose: () => void }) {
  const commits = answer.commits ?? [];
  const waits = commits.some(({ pullRequest: url }) => url !== undefined);
  return (
    <Modal variant="small" isOpen onClose={onClose} aria-labelledby="rolled-back">
      <ModalHeader
        title={waits ? 'The rollback waits for a pull request' : `${app.name} is being rolled back`}
        titleIconVariant={answer.phase === 'Failed' ? 'danger' : 'success'}
        labelId="rolled-back"
        description={answer.message}
      />
      <ModalBody>
        {commits.map(({ commit, branch, pullRequest: url }) =>
          url === undefined ? (
            <p key={commit}>
              Commit <Digest value={commit} /> is on {branch}; the sync follows it.
            </p>
          ) : (
            <p key={commit}>
              Merge it to go back: <a href={url}>{url}</a>
            </p>
          ),
        )}
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Close</Button>
      </ModalFooter>
    </Modal>
  );
}
