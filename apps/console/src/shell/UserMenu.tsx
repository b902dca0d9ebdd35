import { Divider, Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import UserIcon from '@patternfly/react-icons/dist/esm/icons/user-icon';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { signOut } from '../api/session.ts';
import { useSession } from './session.ts';

const METHODS: Readonly<Record<string, string>> = {
  'start-token': 'with the start token',
  token: 'with an API token',
  password: 'with a password',
  oidc: 'through single sign-on',
  ldap: 'through the directory',
};

export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const { user, groups, method } = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();

  const leave = async () => {
    await signOut().catch(() => {});
    await navigate({ to: '/' });
    // Asks the server: whoever could not be signed out sees that, too.
    await queries.invalidateQueries({ queryKey: ['session'] });
  };
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      onSelect={() => setIsOpen(false)}
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plainText"
          icon={<UserIcon />}
          isExpanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {user}
        </MenuToggle>
      )}
    >
      <DropdownGroup
        label={`Signed in ${METHODS[method] ?? ''}${groups.length === 0 ? '' : ` · ${groups.join(', ')}`}`}
      >
        <DropdownList>
          <DropdownItem onClick={() => void navigate({ to: '/settings', search: { view: 'tokens' } })}>
            Tokens and password
          </DropdownItem>
          <DropdownItem onClick={onShortcuts}>Keyboard shortcuts</DropdownItem>
          <Divider component="li" />
          <DropdownItem onClick={() => void leave()}>Sign out</DropdownItem>
        </DropdownList>
      </DropdownGroup>
    </Dropdown>
  );
}
