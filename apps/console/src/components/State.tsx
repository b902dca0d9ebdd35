import { Label, type LabelProps } from '@patternfly/react-core';
import { type StateKind, stateLook, type Tone } from './states.ts';

/** Icon, colour and word, as plain text for tables. */
export function State({ kind, value, compact = false }: { kind: StateKind; value: string; compact?: boolean }) {
  const { word, tone, Icon, meaning } = stateLook(kind, value);
  return (
    <span className={`sk-state sk-tone-${tone}`} title={meaning}>
      <Icon />
      <span className={compact ? 'pf-v6-screen-reader' : 'sk-state-word'}>{word}</span>
    </span>
  );
}

const LABEL_COLOR: Readonly<Record<Tone, NonNullable<LabelProps['color']>>> = {
  good: 'green',
  busy: 'blue',
  attention: 'orange',
  bad: 'red',
  paused: 'purple',
  none: 'grey',
};

/** The same as a pill, for headers. */
export function StateLabel({ kind, value }: { kind: StateKind; value: string }) {
  const { word, tone, Icon, meaning } = stateLook(kind, value);
  return (
    <Label color={LABEL_COLOR[tone]} icon={<Icon />} title={meaning}>
      {word}
    </Label>
  );
}
