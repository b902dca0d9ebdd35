import {
  Alert,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Skeleton,
} from '@patternfly/react-core';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import LockIcon from '@patternfly/react-icons/dist/esm/icons/lock-icon';
import type { ComponentType, ReactNode } from 'react';
import { ApiError } from '../api/request.ts';
import { Command } from './Copy.tsx';

/** Nothing to show, and what to do about it. */
export function Empty(props: {
  title: string;
  icon?: ComponentType;
  children?: ReactNode;
  command?: string;
  action?: ReactNode;
}) {
  const { title, icon, children, command, action } = props;
  return (
    <EmptyState titleText={title} headingLevel="h2" {...(icon === undefined ? {} : { icon })} variant="sm">
      {children === undefined ? null : <EmptyStateBody>{children}</EmptyStateBody>}
      {command === undefined && action === undefined ? null : (
        <EmptyStateFooter>
          {command === undefined ? null : <Command>{command}</Command>}
          {action === undefined ? null : <EmptyStateActions>{action}</EmptyStateActions>}
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

/** What failed, in the server's words, and another try. */
export function Failure({ error, what, retry }: { error: unknown; what: string; retry?: () => void }) {
  const { message, hint, code } = explain(error);
  const isForbidden = error instanceof ApiError && error.status === 403;
  return (
    <EmptyState
      titleText={isForbidden ? 'You may not see this' : `${what} could not be shown`}
      headingLevel="h2"
      icon={isForbidden ? LockIcon : ExclamationCircleIcon}
      {...(isForbidden ? {} : { status: 'danger' as const })}
      variant="sm"
    >
      <EmptyStateBody>
        {message}
        {hint === undefined ? null : <div className="sk-hint">{hint}</div>}
        <div className="sk-muted">
          <code>{code}</code>
        </div>
      </EmptyStateBody>
      {retry === undefined || isForbidden ? null : (
        <EmptyStateFooter>
          <Button variant="primary" onClick={retry}>
            Try again
          </Button>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

/** The same within a dialog or above a form. */
export function InlineFailure({ error, title }: { error: unknown; title: string }) {
  const { message, hint } = explain(error);
  return (
    <Alert variant="danger" isInline title={title} role="alert">
      {message} {hint}
    </Alert>
  );
}

function explain(error: unknown): { message: string; hint?: string | undefined; code: string } {
  if (error instanceof ApiError) return { message: error.message, hint: error.hint, code: error.code };
  return { message: error instanceof Error ? error.message : String(error), code: 'INTERNAL' };
}

/** The shape of what is coming. */
export function Loading({ what, lines = 4 }: { what: string; lines?: number }) {
  return (
    <div className="sk-loading" role="status" aria-label={`Loading ${what}`}>
      {['92%', '76%', '84%', '60%', '88%', '70%'].slice(0, lines).map((width) => (
        <Skeleton key={width} width={width} height="1.25rem" screenreaderText={`Loading ${what}`} />
      ))}
    </div>
  );
}
