import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import BarsIcon from '@patternfly/react-icons/dist/esm/icons/bars-icon';
import ClipboardListIcon from '@patternfly/react-icons/dist/esm/icons/clipboard-list-icon';
import CogIcon from '@patternfly/react-icons/dist/esm/icons/cog-icon';
import CubesIcon from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import FolderIcon from '@patternfly/react-icons/dist/esm/icons/folder-icon';
import ShieldAltIcon from '@patternfly/react-icons/dist/esm/icons/shield-alt-icon';
import StampIcon from '@patternfly/react-icons/dist/esm/icons/stamp-icon';
import TachometerAltIcon from '@patternfly/react-icons/dist/esm/icons/tachometer-alt-icon';
import { Link, useNavigate, useRouterState } from '@tanstack/react-router';
import { type ComponentType, type ReactNode, useMemo, useState } from 'react';
import { useKeys } from '../components/keyboard.ts';
import { LiveState, StaleBanner } from './LiveState.tsx';
import { Shortcuts } from './Shortcuts.tsx';
import { ThemeMenu } from './ThemeMenu.tsx';
import { UserMenu } from './UserMenu.tsx';

type Place = '/' | '/applications' | '/policies' | '/violations' | '/waivers' | '/projects' | '/audit' | '/settings';
const PLACES: readonly (readonly [Place, string, ComponentType])[] = [
  ['/', 'Overview', TachometerAltIcon],
  ['/applications', 'Applications', CubesIcon],
  ['/policies', 'Policies', ShieldAltIcon],
  ['/violations', 'Violations', ExclamationTriangleIcon],
  ['/waivers', 'Waivers', StampIcon],
  ['/projects', 'Projects', FolderIcon],
  ['/audit', 'Audit', ClipboardListIcon],
  ['/settings', 'Settings', CogIcon],
];

/** Frame of every page: where one is, whether it is live, who one is. */
export function Shell({ children }: { children: ReactNode }) {
  const [showShortcuts, setShowShortcuts] = useState(false);
  const navigate = useNavigate();
  const keys = useMemo(
    () => ({
      'g o': () => void navigate({ to: '/' }),
      'g a': () => void navigate({ to: '/applications' }),
      'g p': () => void navigate({ to: '/projects' }),
      'g r': () => void navigate({ to: '/policies' }),
      'g v': () => void navigate({ to: '/violations' }),
      'g w': () => void navigate({ to: '/waivers' }),
      'g l': () => void navigate({ to: '/audit' }),
      'g s': () => void navigate({ to: '/settings' }),
      '?': () => setShowShortcuts(true),
      '/': () => {
        const search = document.querySelector<HTMLInputElement>('[data-search] input, input[data-search]');
        if (search === null) void navigate({ to: '/applications' });
        else search.focus();
      },
    }),
    [navigate],
  );
  useKeys(keys);
  return (
    <Page
      masthead={<Top onShortcuts={() => setShowShortcuts(true)} />}
      sidebar={<Sidebar />}
      isManagedSidebar
      skipToContent={<SkipToContent href="#main">Skip to content</SkipToContent>}
      mainContainerId="main"
      mainAriaLabel="Content"
    >
      <StaleBanner />
      {children}
      <Shortcuts isOpen={showShortcuts} onClose={() => setShowShortcuts(false)} />
    </Page>
  );
}

function Top({ onShortcuts }: { onShortcuts: () => void }) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label="Menu">
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" />}>
            <span className="sk-brand">
              <img src="/sekisho.svg" alt="" width="28" height="28" />
              <span>Sekisho</span>
            </span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarGroup align={{ default: 'alignEnd' }} gap={{ default: 'gapSm' }}>
              <ToolbarItem alignSelf="center">
                <LiveState />
              </ToolbarItem>
              <ToolbarItem>
                <ThemeMenu />
              </ToolbarItem>
              <ToolbarItem>
                <UserMenu onShortcuts={onShortcuts} />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

function Sidebar() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          <NavList>
            {PLACES.map(([to, name, Icon]) => {
              const isActive = to === '/' ? path === '/' : path.startsWith(to);
              return (
                <NavItem key={to} isActive={isActive}>
                  <Link to={to} aria-current={isActive ? 'page' : undefined}>
                    <span className="sk-nav-icon" aria-hidden="true">
                      <Icon />
                    </span>
                    {name}
                  </Link>
                </NavItem>
              );
            })}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
