import { Button } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useId, useState } from 'react';
import type { Verdict } from '../../api/gates.ts';
import { formatOrigin } from '../../format/text.ts';
import { Command } from '../Copy.tsx';
import { State } from '../State.tsx';
import { Time } from '../Time.tsx';
import { Excerpt, excerptOf } from './Excerpt.tsx';
import { waiveCommand } from './waive-command.ts';
import { policyKind, policyTitle } from './words.ts';

interface Props {
  readonly verdict: Verdict;
  /** Which object it is about, where that is not said already. */
  readonly subject?: ReactNode;
  /** The object itself: lines of it are shown when those of the file are not known. */
  readonly manifest?: unknown;
  readonly isOpen?: boolean;
  /** Told when the lines are wanted. */
  onOpen?(): void;
}

/** What one policy says of one object: why, at which line, and what to do about it. */
export function VerdictCard({ verdict, subject, manifest, isOpen = true, onOpen }: Props) {
  const { decision, policy, policyId, severity, message, undecided = false } = verdict;
  const [open, setOpen] = useState(isOpen);
  const id = useId();
  const toggle = () => {
    setOpen(!open);
    if (!open) onOpen?.();
  };
  return (
    <li className={`sk-finding sk-finding-${decision}`}>
      <div className="sk-finding-head">
        <State kind="decision" value={decision} />
        <Link to="/policies/$" params={{ _splat: policyId }} className="sk-finding-policy">
          {policyTitle(policy)}
        </Link>
        <span className="sk-muted">
          {policyKind(policy.kind)}
          {policy.rule === undefined ? '' : ` · ${policy.rule}`}
        </span>
        {severity === undefined ? null : <State kind="severity" value={severity} />}
        <Button
          variant="link"
          isInline
          size="sm"
          className="sk-finding-toggle"
          aria-expanded={open}
          aria-controls={id}
          aria-label={`${open ? 'Fold' : 'Unfold'} what ${policyTitle(policy)} says of ${verdict.object.kind} ${verdict.object.name}`}
          onClick={toggle}
        >
          {open ? 'Less' : 'More'}
        </Button>
      </div>
      {subject === undefined ? null : <div className="sk-finding-subject">{subject}</div>}
      <p className="sk-finding-message">{message}</p>
      {undecided ? (
        <p className="sk-hint">
          The policy gave no answer: it took too long or failed. At a gate that counts as a deny.
        </p>
      ) : null}
      <div id={id} hidden={!open}>
        {open ? <Details verdict={verdict} manifest={manifest} /> : null}
      </div>
    </li>
  );
}

function Details({ verdict, manifest }: { verdict: Verdict; manifest: unknown }) {
  const { fields = [], origin, excerpt, remediation, waivedBy, waiverExpires, policy, object } = verdict;
  const place = origin?.file === undefined ? undefined : formatOrigin(origin);
  const lines =
    excerpt === undefined
      ? manifest === undefined
        ? undefined
        : excerptOf(manifest, fields)
      : { excerpt, line: origin?.line };
  return (
    <>
      {place === undefined && fields.length === 0 ? null : (
        <div className="sk-finding-place">
          {place === undefined ? null : <code>{place}</code>}
          {fields.map((field) => (
            <code key={field} className="sk-muted">
              {field}
            </code>
          ))}
        </div>
      )}
      {lines === undefined ? null : (
        <Excerpt
          excerpt={lines.excerpt}
          line={lines.line}
          isNumbered={excerpt !== undefined}
          label={
            excerpt === undefined ? `Lines of ${object.kind} ${object.name}` : `Lines of ${origin?.file ?? 'the file'}`
          }
        />
      )}
      {remediation === undefined ? null : (
        <p className="sk-finding-fix">
          <strong>Fix</strong> {remediation}
          {policy.url === undefined ? null : (
            <>
              {' '}
              <a href={policy.url} rel="noreferrer" target="_blank">
                More about it
              </a>
            </>
          )}
        </p>
      )}
      {waivedBy === undefined ? null : (
        <p className="sk-finding-waiver">
          Waived by{' '}
          <Link to="/waivers" search={{ q: waivedBy }}>
            {waivedBy}
          </Link>
          {waiverExpires === undefined ? null : (
            <>
              , which ends <Time value={waiverExpires} />
            </>
          )}
          .
        </p>
      )}
      {verdict.decision === 'deny' ? (
        <details className="sk-finding-waive">
          <summary>Must it be so for a while?</summary>A waiver in git lets it pass until a day:
          <br />
          <Command>{waiveCommand(verdict)}</Command>
        </details>
      ) : null}
    </>
  );
}
