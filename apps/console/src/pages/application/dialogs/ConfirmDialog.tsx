import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApplicationName, confirmOperation } from '../../../api/applications.ts';
import { InlineFailure } from '../../../components/Nothing.tsx';
import { rowKey } from '../../../live/row-store.ts';

/** A sync that would delete more than is allowed without asking. */
export function ConfirmDialog({
  app,
  message,
  onClose,
}: {
  app: ApplicationName;
  message: string;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const queries = useQueryClient();
  const confirm = useMutation({
    mutationFn: () => confirmOperation(app),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['application', rowKey(app)] });
      onClose();
    },
  });
  return (
    <Modal variant="medium" isOpen onClose={onClose} aria-labelledby="confirm-title">
      <ModalHeader
        title="Let the sync delete these objects?"
        titleIconVariant="warning"
        labelId="confirm-title"
        description={message}
      />
      <ModalBody>
        {confirm.isError ? <InlineFailure error={confirm.error} title="Not confirmed" /> : null}
        <Form onSubmit={(event) => event.preventDefault()}>
          <FormGroup
            label={`Deleted objects don't come back with their data. Type ${app.name} to go on`}
            fieldId="confirm-name"
          >
            <TextInput id="confirm-name" value={typed} onChange={(_event, value) => setTyped(value)} autoFocus />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          onClick={() => confirm.mutate()}
          isDisabled={typed !== app.name}
          isLoading={confirm.isPending}
        >
          Delete them and go on
        </Button>
        <Button variant="link" onClick={onClose}>
          Leave it waiting
        </Button>
      </ModalFooter>
    </Modal>
  );
}
