import {
  Button,
  Divider,
  Dropdown,
  DropdownItem,
  DropdownList,
  Form,
  FormGroup,
  MenuToggle,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { parseSearch, stringifySearch } from '../../shell/search-params.ts';
import { readApplicationsSearch } from './search.ts';

interface View {
  readonly name: string;
  /** What stands after `?`. */
  readonly query: string;
}

const BUILT_IN: readonly View[] = [
  { name: 'Needs attention', query: 'health=Degraded&health=Missing&sort=health' },
  { name: 'Out of sync', query: 'sync=OutOfSync&sort=name' },
  { name: 'Newest deployments', query: 'sort=-deployed' },
];
const KEY = 'sekisho-views';

function readViews(): View[] {
  try {
    const views = JSON.parse(localStorage.getItem(KEY) ?? '[]') as unknown;
    return Array.isArray(views) ? (views as View[]) : [];
  } catch {
    return [];
  }
}

/** A view is an address with a name. Own ones are kept in this browser; any can be shared by its address. */
export function SavedViews() {
  const [isOpen, setIsOpen] = useState(false);
  const [isNaming, setIsNaming] = useState(false);
  const [views, setViews] = useState(readViews);
  const search = useSearch({ from: '/applications' });
  const navigate = useNavigate({ from: '/applications' });
  const keep = (next: View[]) => {
    localStorage.setItem(KEY, JSON.stringify(next));
    setViews(next);
  };
  const show = ({ query }: View) => void navigate({ search: readApplicationsSearch(parseSearch(query)) });
  return (
    <>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        onSelect={() => setIsOpen(false)}
        popperProps={{ position: 'right' }}
        toggle={(ref) => (
          <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            Views
          </MenuToggle>
        )}
      >
        <DropdownList>
          {[...BUILT_IN, ...views].map((view) => (
            <DropdownItem key={view.name} onClick={() => show(view)}>
              {view.name}
            </DropdownItem>
          ))}
          <Divider component="li" />
          <DropdownItem onClick={() => setIsNaming(true)}>Save this view …</DropdownItem>
          <DropdownItem onClick={() => void navigator.clipboard?.writeText(window.location.href)}>
            Copy its address
          </DropdownItem>
          {views.length === 0 ? null : <DropdownItem onClick={() => keep([])}>Forget my views</DropdownItem>}
        </DropdownList>
      </Dropdown>
      {isNaming ? (
        <NameView
          onClose={() => setIsNaming(false)}
          onSave={(name) => {
            keep([
              ...views.filter((view) => view.name !== name),
              { name, query: stringifySearch(search as Record<string, unknown>).slice(1) },
            ]);
            setIsNaming(false);
          }}
        />
      ) : null}
    </>
  );
}

function NameView({ onSave, onClose }: { onSave: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState('');
  const save = () => {
    if (name.trim() !== '') onSave(name.trim());
  };
  return (
    <Modal variant="small" isOpen onClose={onClose} aria-labelledby="name-view">
      <ModalHeader title="Save this view" labelId="name-view" />
      <ModalBody>
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <FormGroup label="Name" fieldId="view-name">
            <TextInput id="view-name" value={name} onChange={(_event, value) => setName(value)} autoFocus />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button onClick={save} isDisabled={name.trim() === ''}>
          Save
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
