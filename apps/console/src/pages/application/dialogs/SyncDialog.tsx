import {
  Alert,
  Button,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApplicationName, getApplication, type SyncWish, syncApplication } from '../../../api/applications.ts';
import type { ApplicationDetail, ApplicationDiff, OperationState, ResourceDiff } from '../../../api/types.ts';
import { InlineFailure } from '../../../components/Nothing.tsx';
import { State } from '../../../components/State.tsx';
import { count } from '../../../format/text.ts';
import { rowKey } from '../../../live/row-store.ts';
import { resourceKey } from '../resource-key.ts';

const OPTIONS = [
  ['ServerSideApply=true', 'Server-side apply'],
  ['Replace=true', 'Replace instead of patch'],
  ['CreateNamespace=true', 'Create the namespace'],
  ['ApplyOutOfSyncOnly=true', 'Only what differs'],
  ['PruneLast=true', 'Delete last'],
] as const;

const WORD = { create: 'create', update: 'change', prune: 'delete' } as const;
/** How often a dry run's result is looked for. */
const POLL_MS = 500;

interface Props {
  readonly app: ApplicationName;
  readonly detail: ApplicationDetail;
  readonly diff: ApplicationDiff | undefined;
  onClose(): void;
}

/** Says what a sync will do before it does it, with a trial that changes nothing. */
export function SyncDialog({ app, detail: { row, application }, diff, onClose }: Props) {
  const [revision, setRevision] = useState('');
  const [prune, setPrune] = useState(application.spec?.syncPolicy?.automated?.prune ?? false);
  const [force, setForce] = useState(false);
  const [options, setOptions] = useState<readonly string[]>(application.spec?.syncPolicy?.syncOptions ?? []);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [trialSince, setTrialSince] = useState<string>();
  const queries = useQueryClient();
  const resources = diff?.resources ?? [];
  const chosen = resources.filter((resource) => !left.has(resourceKey(resource)));
  const deletes = chosen.filter(({ change }) => change === 'prune').length;

  const wish = (dryRun: boolean): SyncWish => ({
    prune,
    force,
    dryRun,
    options,
    ...(revision.trim() === '' ? {} : { revision: revision.trim() }),
    ...(left.size === 0
      ? {}
      : { resources: chosen.map(({ group, kind, namespace, name }) => ({ group, kind, namespace, name })) }),
  });
  const sync = useMutation({
    mutationFn: (dryRun: boolean) => syncApplication(app, wish(dryRun)),
    onSuccess: (_answer, dryRun) => {
      void queries.invalidateQueries({ queryKey: ['application', rowKey(app)] });
      if (dryRun) setTrialSince(application.status?.operationState?.startedAt ?? '');
      else onClose();
    },
  });
  return (
    <Modal variant="medium" isOpen onClose={onClose} aria-labelledby="sync-title">
      <ModalHeader
        title={`Sync ${app.name}`}
        labelId="sync-title"
        description={summary(resources, chosen, prune, row.sync)}
      />
      <ModalBody>
        {sync.isError ? <InlineFailure error={sync.error} title="The sync was not started" /> : null}
        <Form onSubmit={(event) => event.preventDefault()}>
          {resources.length === 0 ? null : (
            <FormGroup role="group" label="Objects" fieldId="sync-objects">
              <div className="sk-sync-objects">
                {resources.map((resource) => {
                  const key = resourceKey(resource);
                  return (
                    <Checkbox
                      key={key}
                      id={`sync-${key}`}
                      isChecked={!left.has(key)}
                      onChange={(_event, checked) =>
                        setLeft(checked ? new Set([...left].filter((other) => other !== key)) : new Set([...left, key]))
                      }
                      label={
                        <>
                          <span className={`sk-change sk-change-${resource.change}`}>{WORD[resource.change]}</span>{' '}
                          {resource.kind} {resource.name}{' '}
                          {resource.change === 'prune' && !prune ? (
                            <span className="sk-muted">(stays: deleting is off)</span>
                          ) : null}
                        </>
                      }
                    />
                  );
                })}
              </div>
            </FormGroup>
          )}
          <FormGroup label="Revision" fieldId="sync-revision">
            <TextInput
              id="sync-revision"
              placeholder={row.targetRevision || 'HEAD'}
              value={revision}
              onChange={(_event, value) => setRevision(value)}
              isDisabled={row.autoSync}
            />
            {row.autoSync ? (
              <FormHelperText>
                <HelperText>
                  <HelperTextItem>
                    Auto-sync is on: it follows {row.targetRevision || 'HEAD'}. Roll back to go elsewhere.
                  </HelperTextItem>
                </HelperText>
              </FormHelperText>
            ) : null}
          </FormGroup>
          <FormGroup role="group" label="Options" fieldId="sync-options" className="sk-sync-options">
            <Checkbox
              id="sync-prune"
              label="Delete what git no longer has (prune)"
              isChecked={prune}
              onChange={(_event, on) => setPrune(on)}
            />
            <Checkbox
              id="sync-force"
              label="Delete and create again what can't be changed (force)"
              isChecked={force}
              onChange={(_event, on) => setForce(on)}
            />
            {OPTIONS.map(([option, title]) => (
              <Checkbox
                key={option}
                id={`sync-${option}`}
                label={title}
                isChecked={options.includes(option)}
                onChange={(_event, on) =>
                  setOptions(on ? [...options, option] : options.filter((other) => other !== option))
                }
              />
            ))}
          </FormGroup>
          {force ? (
            <Alert
              variant="warning"
              isInline
              isPlain
              title="Objects that are deleted and made again are away for a moment, and lose what only they hold."
            />
          ) : null}
          {trialSince === undefined ? null : <Trial app={app} since={trialSince} />}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          variant={deletes > 0 && prune ? 'danger' : 'primary'}
          onClick={() => sync.mutate(false)}
          isLoading={sync.isPending && !sync.variables}
          isDisabled={sync.isPending}
        >
          {deletes > 0 && prune ? `Sync and delete ${count(deletes, 'object')}` : 'Sync'}
        </Button>
        <Button variant="secondary" onClick={() => sync.mutate(true)} isDisabled={sync.isPending}>
          Try without changing anything
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function summary(
  resources: readonly ResourceDiff[],
  chosen: readonly ResourceDiff[],
  prune: boolean,
  sync: string,
): string {
  if (resources.length === 0) {
    return sync === 'Synced'
      ? 'The cluster is what git says: a sync applies everything once more.'
      : 'What would change is still being compared.';
  }
  const of = (change: ResourceDiff['change']) => chosen.filter((resource) => resource.change === change).length;
  const parts = [
    of('create') > 0 ? `${count(of('create'), 'object')} created` : '',
    of('update') > 0 ? `${count(of('update'), 'object')} changed` : '',
    of('prune') > 0
      ? `${count(of('prune'), 'object')} ${prune ? 'deleted' : 'left, though git no longer has them'}`
      : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'Nothing is chosen.' : `This will have ${parts.join(', ')}.`;
}

/** Follows a dry run to its end. */
function Trial({ app, since }: { app: ApplicationName; since: string }) {
  const { data } = useQuery({
    queryKey: ['application', rowKey(app), 'trial', since],
    queryFn: ({ signal }) => getApplication(app, signal),
    refetchInterval: (query) => (isDone(query.state.data, since) ? false : POLL_MS),
  });
  const operation = data?.application.status?.operationState;
  if (operation === undefined || !isDone(data, since))
    return <Alert variant="info" isInline title="Trying, nothing is changed …" />;
  return <TrialResult operation={operation} />;
}

function isDone(detail: ApplicationDetail | undefined, since: string): boolean {
  const operation = detail?.application.status?.operationState;
  return operation !== undefined && operation.startedAt !== since && operation.phase !== 'Running';
}

function TrialResult({ operation: { phase, message, syncResult } }: { operation: OperationState }) {
  const results = syncResult?.resources ?? [];
  return (
    <Alert
      variant={phase === 'Succeeded' ? 'success' : 'danger'}
      isInline
      title={
        phase === 'Succeeded' ? 'The trial went well; nothing was changed' : 'The trial failed; nothing was changed'
      }
    >
      {message}
      <ul className="sk-trial">
        {results.map((result) => (
          <li key={`${result.kind}/${result.namespace}/${result.name}/${result.syncPhase}`}>
            {result.kind} {result.name} <State kind="outcome" value={result.hookPhase ?? 'Succeeded'} compact />{' '}
            {result.message}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
