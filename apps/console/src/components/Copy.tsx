import { Button } from '@patternfly/react-core';
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-icon';
import CopyIcon from '@patternfly/react-icons/dist/esm/icons/copy-icon';
import { useEffect, useState } from 'react';
import { shortDigest } from '../format/text.ts';

function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      variant="plain"
      size="sm"
      className="sk-copy"
      aria-label={copied ? 'Copied' : `Copy ${what}`}
      icon={copied ? <CheckIcon /> : <CopyIcon />}
      onClick={(event) => {
        event.stopPropagation();
        void navigator.clipboard?.writeText(text).then(() => setCopied(true));
      }}
    />
  );
}

/** A commit or digest, short, whole on hover, with copy. */
export function Digest({ value, copy = true }: { value: string | undefined; copy?: boolean }) {
  if (value === undefined || value === '') return <span className="sk-muted">–</span>;
  return (
    <span className="sk-digest">
      {/* No tooltip of PatternFly: each asks the browser for its layout, and lists have one in every row. */}
      <code title={value}>{shortDigest(value)}</code>
      {copy ? <CopyButton text={value} what={`revision ${shortDigest(value)}`} /> : null}
    </span>
  );
}

/** A line for a terminal, ready to copy. */
export function Command({ children }: { children: string }) {
  return (
    <span className="sk-command">
      <code>{children}</code>
      <CopyButton text={children} what="command" />
    </span>
  );
}
