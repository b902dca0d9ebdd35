import {
  Button,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  Radio,
  TextInput,
} from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type ApplicationName, deleteApplication } from '../../../api/applications.ts';
import { InlineFailure } from '../../../components/Nothing.tsx';
import { count } from '../../../format/text.ts';

/** @param objects  how many it made, with what those own */
export function DeleteDialog({
  app,
  objects,
  onClose,
}: {
  app: ApplicationName;
  objects: number;
  onClose: () => void;
}) {
  const [cascade, setCascade] = useState(true);
  const [typed, setTyped] = useState('');
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteApplication(app, cascade),
    onSuccess: () => void navigate({ to: '/applications' }),
  });
  return (
    <Modal variant="medium" isOpen onClose={onClose} aria-labelledby="delete-title">
      <ModalHeader
        title={`Delete ${app.name}?`}
        titleIconVariant="danger"
        labelId="delete-title"
        description={
          cascade
            ? `The application and ${count(objects, 'object')} in the cluster are deleted. Volumes lose their data.`
            : `Only the application is deleted; ${count(objects, 'object')} stay in the cluster and nobody looks after them.`
        }
      />
      <ModalBody>
        {remove.isError ? <InlineFailure error={remove.error} title="Not deleted" /> : null}
        <Form onSubmit={(event) => event.preventDefault()}>
          <FormGroup role="radiogroup" label="What it made" fieldId="delete-cascade">
            <Radio
              id="delete-all"
              name="cascade"
              label="Delete it too"
              isChecked={cascade}
              onChange={() => setCascade(true)}
            />
            <Radio
              id="delete-app"
              name="cascade"
              label="Leave it in the cluster"
              isChecked={!cascade}
              onChange={() => setCascade(false)}
            />
          </FormGroup>
          <FormGroup label={`Type ${app.name} to go on`} fieldId="delete-name">
            <TextInput id="delete-name" value={typed} onChange={(_event, value) => setTyped(value)} autoFocus />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          onClick={() => remove.mutate()}
          isDisabled={typed !== app.name}
          isLoading={remove.isPending}
        >
          {cascade ? `Delete it and ${count(objects, 'object')}` : 'Delete the application alone'}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
