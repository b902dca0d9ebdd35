import '@patternfly/react-core/dist/styles/base.css';
import './console.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError, whenSignedOut } from './api/request.ts';
import { startTheme } from './components/theme.ts';
import { router } from './router.tsx';

startTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say what changed; this is the net below them.
      staleTime: 30_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});
whenSignedOut(() => queries.setQueryData(['session'], null));

const element = document.getElementById('root');
if (element === null) throw new Error('the page has no element #root');
createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
