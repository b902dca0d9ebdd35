import BalanceScaleIcon from '@patternfly/react-icons/dist/esm/icons/balance-scale-icon';
import BanIcon from '@patternfly/react-icons/dist/esm/icons/ban-icon';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import OutlinedArrowIcon from '@patternfly/react-icons/dist/esm/icons/exchange-alt-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import EyeIcon from '@patternfly/react-icons/dist/esm/icons/eye-icon';
import HeartBrokenIcon from '@patternfly/react-icons/dist/esm/icons/heart-broken-icon';
import HeartIcon from '@patternfly/react-icons/dist/esm/icons/heart-icon';
import HourglassHalfIcon from '@patternfly/react-icons/dist/esm/icons/hourglass-half-icon';
import SpinnerIcon from '@patternfly/react-icons/dist/esm/icons/in-progress-icon';
import MinusCircleIcon from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon';
import OutlinedQuestionCircleIcon from '@patternfly/react-icons/dist/esm/icons/outlined-question-circle-icon';
import PauseCircleIcon from '@patternfly/react-icons/dist/esm/icons/pause-circle-icon';
import SeverityCriticalIcon from '@patternfly/react-icons/dist/esm/icons/severity-critical-icon';
import SeverityImportantIcon from '@patternfly/react-icons/dist/esm/icons/severity-important-icon';
import SeverityMinorIcon from '@patternfly/react-icons/dist/esm/icons/severity-minor-icon';
import SeverityModerateIcon from '@patternfly/react-icons/dist/esm/icons/severity-moderate-icon';
import StampIcon from '@patternfly/react-icons/dist/esm/icons/stamp-icon';
import type { ComponentType } from 'react';

export type Tone = 'good' | 'busy' | 'attention' | 'bad' | 'paused' | 'none';

export interface StateLook {
  readonly word: string;
  readonly tone: Tone;
  readonly Icon: ComponentType;
  /** One sentence for a tooltip. */
  readonly meaning: string;
}

const look = (word: string, tone: Tone, Icon: ComponentType, meaning: string): StateLook => ({
  word,
  tone,
  Icon,
  meaning,
});
const unknown = (word: string) => look(word, 'none', OutlinedQuestionCircleIcon, 'Not known yet.');

const HEALTH: Readonly<Record<string, StateLook>> = {
  Healthy: look('Healthy', 'good', HeartIcon, 'Everything runs as it should.'),
  Progressing: look('Progressing', 'busy', SpinnerIcon, 'Not healthy yet, and may still become so.'),
  Degraded: look('Degraded', 'bad', HeartBrokenIcon, 'Something failed, or did not become healthy in time.'),
  Suspended: look('Suspended', 'paused', PauseCircleIcon, 'Paused, and waits to be resumed.'),
  Missing: look('Missing', 'attention', ExclamationTriangleIcon, 'In git, and not in the cluster.'),
  Unknown: look('Unknown', 'none', OutlinedQuestionCircleIcon, 'Its health could not be determined.'),
};

const SYNC: Readonly<Record<string, StateLook>> = {
  Synced: look('Synced', 'good', CheckCircleIcon, 'The cluster is what git says.'),
  OutOfSync: look('OutOfSync', 'attention', OutlinedArrowIcon, 'The cluster differs from git.'),
  Unknown: look('Unknown', 'none', OutlinedQuestionCircleIcon, 'It could not be compared with git.'),
};

const OUTCOME: Readonly<Record<string, StateLook>> = {
  Succeeded: look('Succeeded', 'good', CheckCircleIcon, 'Done.'),
  Running: look('Running', 'busy', SpinnerIcon, 'Under way.'),
  Terminating: look('Terminating', 'busy', SpinnerIcon, 'Being stopped.'),
  Failed: look('Failed', 'bad', ExclamationCircleIcon, 'It ended without success.'),
  Error: look('Error', 'bad', ExclamationCircleIcon, 'It could not be done.'),
  Denied: look('Denied', 'bad', MinusCircleIcon, 'Refused by a rule.'),
  Started: look('Started', 'busy', SpinnerIcon, 'Begun.'),
  Pending: look('Pending', 'busy', SpinnerIcon, 'Waits for its turn.'),
  Delivered: look('Delivered', 'good', CheckCircleIcon, 'The receiver has it.'),
};

const SERVICE: Readonly<Record<string, StateLook>> = {
  Working: look('Working', 'good', CheckCircleIcon, 'Nothing failed last time.'),
  Failing: look('Failing', 'bad', ExclamationCircleIcon, 'The newest attempt failed.'),
  Paused: look('Paused', 'paused', PauseCircleIcon, 'It failed several times, and is left alone for a while.'),
};

const DECISION: Readonly<Record<string, StateLook>> = {
  deny: look('Denied', 'bad', BanIcon, 'A policy forbids it.'),
  warn: look('Warned', 'attention', ExclamationTriangleIcon, 'A policy advises against it.'),
  dryrun: look('Noted', 'none', EyeIcon, 'A policy that is being tried would speak against it.'),
  waived: look('Waived', 'paused', StampIcon, 'A waiver covers it for now.'),
};

/** What a policy does where it is asked. */
const ACTION: Readonly<Record<string, StateLook>> = {
  deny: look('Denies', 'bad', BanIcon, 'What breaks it is refused.'),
  warn: look('Warns', 'attention', ExclamationTriangleIcon, 'What breaks it passes with a warning.'),
  dryrun: look('Notes', 'none', EyeIcon, 'It is being tried: what breaks it passes and is noted.'),
  scoped: look('Depends', 'paused', BalanceScaleIcon, 'What follows depends on the gate or the namespace.'),
};

/** What the gate before a sync said of an application. */
const GATE: Readonly<Record<string, StateLook>> = {
  deny: DECISION['deny'] as StateLook,
  warn: DECISION['warn'] as StateLook,
  pass: look('Passed', 'good', CheckCircleIcon, 'No policy speaks against it.'),
};

const SEVERITY: Readonly<Record<string, StateLook>> = {
  critical: look('Critical', 'bad', SeverityCriticalIcon, 'Mend it now.'),
  high: look('High', 'attention', SeverityImportantIcon, 'Mend it soon.'),
  medium: look('Medium', 'attention', SeverityModerateIcon, 'Mend it when you are there.'),
  low: look('Low', 'none', SeverityMinorIcon, 'Good to know.'),
};

const WAIVER: Readonly<Record<string, StateLook>> = {
  active: look('Active', 'good', CheckCircleIcon, 'It counts.'),
  expiring: look('Expires soon', 'attention', HourglassHalfIcon, 'It counts for less than a week.'),
  expired: look('Expired', 'none', MinusCircleIcon, 'It counts no more: its policies deny again.'),
  invalid: look('Invalid', 'bad', ExclamationCircleIcon, 'It does not count.'),
};

const TABLES = {
  health: HEALTH,
  sync: SYNC,
  outcome: OUTCOME,
  service: SERVICE,
  decision: DECISION,
  action: ACTION,
  gate: GATE,
  severity: SEVERITY,
  waiver: WAIVER,
} as const;
export type StateKind = keyof typeof TABLES;

/** How a state is shown: always a word, an icon and a colour. */
export function stateLook(kind: StateKind, value: string): StateLook {
  const word = kind === 'outcome' && value !== '' ? value[0]?.toUpperCase() + value.slice(1) : value;
  return TABLES[kind][word] ?? unknown(word === '' ? 'Unknown' : word);
}

/** In the order in which an operator wants to see them: what needs somebody first. */
export const HEALTH_ORDER = ['Degraded', 'Missing', 'Progressing', 'Suspended', 'Unknown', 'Healthy'] as const;
export const SYNC_ORDER = ['OutOfSync', 'Unknown', 'Synced'] as const;
export const DECISION_ORDER = ['deny', 'warn', 'dryrun', 'waived'] as const;
export const SEVERITY_ORDER = ['critical', 'high', 'medium', 'low'] as const;
export const GATE_ORDER = ['deny', 'warn', 'pass'] as const;
