import { Button } from '@patternfly/react-core';
import { Fragment, type ReactNode, useMemo, useState } from 'react';
import type { Verdict } from '../../api/gates.ts';
import { count } from '../../format/text.ts';
import { DECISION_ORDER, SEVERITY_ORDER } from '../states.ts';
import { VerdictCard } from './VerdictCard.tsx';

/** More than these are unfolded by hand, and more than those are shown when somebody asks. */
const UNFOLDED = 4;
const SHOWN = 100;

interface Props {
  readonly verdicts: readonly Verdict[];
  /** Of the object that all of them are about. */
  readonly manifest?: unknown;
  /** How each is shown, where they are of several objects. */
  card?(verdict: Verdict, isOpen: boolean): ReactNode;
}

/** Verdicts, the worst first. */
export function VerdictList({ verdicts, manifest, card }: Props) {
  const [shown, setShown] = useState(SHOWN);
  const sorted = useMemo(() => [...verdicts].sort(worstFirst), [verdicts]);
  const rest = sorted.length - shown;
  return (
    <>
      <ul className="sk-findings">
        {sorted.slice(0, shown).map((verdict, index) => {
          const key = `${verdict.policyId} ${verdict.policy.rule ?? ''} ${verdict.object.kind} ${verdict.object.namespace ?? ''} ${verdict.object.name} ${verdict.message}`;
          const isOpen = index < UNFOLDED;
          return card === undefined ? (
            <VerdictCard key={key} verdict={verdict} manifest={manifest} isOpen={isOpen} />
          ) : (
            <Fragment key={key}>{card(verdict, isOpen)}</Fragment>
          );
        })}
      </ul>
      {rest > 0 ? (
        <Button variant="secondary" onClick={() => setShown(shown + SHOWN)}>
          Show more: {count(rest, 'verdict')} left
        </Button>
      ) : null}
    </>
  );
}

function worstFirst(a: Verdict, b: Verdict): number {
  return DECISION_ORDER.indexOf(a.decision) - DECISION_ORDER.indexOf(b.decision) || severityOf(a) - severityOf(b);
}

const severityOf = ({ severity }: Verdict) =>
  severity === undefined ? SEVERITY_ORDER.length : SEVERITY_ORDER.indexOf(severity);
