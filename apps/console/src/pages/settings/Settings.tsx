import { PageSection, Tab, Tabs, TabTitleText, Title } from '@patternfly/react-core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { Accounts } from './Accounts.tsx';
import { NotificationSettings } from './NotificationSettings.tsx';
import { Repositories } from './Repositories.tsx';
import { Roles } from './Roles.tsx';
import { SignInSettings } from './SignInSettings.tsx';

const VIEWS: readonly (readonly [string, string, ComponentType])[] = [
  ['repositories', 'Repositories', Repositories],
  ['notifications', 'Notifications', NotificationSettings],
  ['sign-in', 'Sign-in', SignInSettings],
  ['tokens', 'Accounts and tokens', Accounts],
  ['roles', 'Roles', Roles],
];

export function Settings() {
  const { view = 'repositories' } = useSearch({ from: '/settings' });
  const navigate = useNavigate({ from: '/settings' });
  const View = VIEWS.find(([key]) => key === view)?.[2] ?? Repositories;
  return (
    <PageSection isFilled aria-label="Settings">
      <Title headingLevel="h1" className="sk-page-title">
        Settings
      </Title>
      <Tabs
        activeKey={view}
        onSelect={(_event, key) => void navigate({ search: { view: String(key) } })}
        aria-label="Settings"
        className="sk-tabs sk-page-title"
      >
        {VIEWS.map(([key, title]) => (
          <Tab key={key} eventKey={key} tabContentId="settings-view" title={<TabTitleText>{title}</TabTitleText>} />
        ))}
      </Tabs>
      <div id="settings-view">
        <View />
      </div>
    </PageSection>
  );
}
