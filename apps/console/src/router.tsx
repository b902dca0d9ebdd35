import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Empty } from './components/Nothing.tsx';
import { readApplicationSearch } from './pages/application/search.ts';
import { readApplicationsSearch } from './pages/applications/search.ts';
import { Overview } from './pages/overview/Overview.tsx';
import { readPoliciesSearch, readPolicySearch } from './pages/policies/search.ts';
import { readViolationsSearch } from './pages/violations/search.ts';
import { readWaiversSearch } from './pages/waivers/search.ts';
import { App } from './shell/App.tsx';
import { parseSearch, type RawSearch, readText, stringifySearch } from './shell/search-params.ts';

const root = createRootRoute({
  component: App,
  notFoundComponent: () => <Empty title="There is nothing at this address">The menu leads to everything.</Empty>,
});

const overview = createRoute({ getParentRoute: () => root, path: '/', component: Overview });

const applications = createRoute({
  getParentRoute: () => root,
  path: '/applications',
  validateSearch: readApplicationsSearch,
  component: lazyRouteComponent(() => import('./pages/applications/Applications.tsx'), 'Applications'),
});

const application = createRoute({
  getParentRoute: () => root,
  path: '/applications/$namespace/$name',
  validateSearch: readApplicationSearch,
  component: lazyRouteComponent(() => import('./pages/application/Application.tsx'), 'Application'),
});

const policies = createRoute({ getParentRoute: () => root, path: '/policies' });

const policyList = createRoute({
  getParentRoute: () => policies,
  path: '/',
  validateSearch: readPoliciesSearch,
  component: lazyRouteComponent(() => import('./pages/policies/Policies.tsx'), 'Policies'),
});

/** Ids of policies have slashes: `gatekeeper/K8sRequiredLabels/owner`. */
const policy = createRoute({
  getParentRoute: () => policies,
  path: '$',
  validateSearch: readPolicySearch,
  component: lazyRouteComponent(() => import('./pages/policies/Policy.tsx'), 'Policy'),
});

const violations = createRoute({
  getParentRoute: () => root,
  path: '/violations',
  validateSearch: readViolationsSearch,
  component: lazyRouteComponent(() => import('./pages/violations/Violations.tsx'), 'Violations'),
});

const waivers = createRoute({
  getParentRoute: () => root,
  path: '/waivers',
  validateSearch: readWaiversSearch,
  component: lazyRouteComponent(() => import('./pages/waivers/Waivers.tsx'), 'Waivers'),
});

const projects = createRoute({
  getParentRoute: () => root,
  path: '/projects',
  component: lazyRouteComponent(() => import('./pages/projects/Projects.tsx'), 'Projects'),
});

const project = createRoute({
  getParentRoute: () => root,
  path: '/projects/$name',
  component: lazyRouteComponent(() => import('./pages/projects/Project.tsx'), 'Project'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: (raw: RawSearch) => ({
    ...readText(raw, 'search'),
    ...readText(raw, 'actor'),
    ...readText(raw, 'action'),
    ...readText(raw, 'object'),
    ...readText(raw, 'since'),
    ...readText(raw, 'until'),
  }),
  component: lazyRouteComponent(() => import('./pages/audit/Audit.tsx'), 'Audit'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: (raw: RawSearch) => readText(raw, 'view'),
  component: lazyRouteComponent(() => import('./pages/settings/Settings.tsx'), 'Settings'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    applications,
    application,
    policies.addChildren([policyList, policy]),
    violations,
    waivers,
    projects,
    project,
    audit,
    settings,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  // What a pointer rests on loads its code only; data has its own cache.
  defaultPreloadStaleTime: 0,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
