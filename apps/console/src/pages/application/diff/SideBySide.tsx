import { Switch } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { KubeObject } from '../../../api/types.ts';
import { toYaml } from '../../../format/yaml.ts';
import { type DiffLine, diffLines } from './line-diff.ts';
import { onlyDeclared } from './only-declared.ts';

/** Equal lines around a difference that stay visible. */
const CONTEXT = 4;

/** The object in the cluster beside the object as git says, line by line. */
export function SideBySide({ desired, live }: { desired: KubeObject | undefined; live: KubeObject | undefined }) {
  const [showAll, setShowAll] = useState(false);
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const lines = useMemo(() => {
    const shown = live === undefined || desired === undefined || showAll ? live : onlyDeclared(live, desired);
    return diffLines(
      shown === undefined ? '' : toYaml(shown, desired),
      desired === undefined ? '' : toYaml(desired, desired),
    );
  }, [desired, live, showAll]);
  const parts = useMemo(() => foldSame(lines), [lines]);
  return (
    <div className="sk-diff">
      <div className="sk-diff-head">
        <span>In the cluster</span>
        <span>In git</span>
        <Switch
          id="diff-all"
          label="Fields that git does not mention"
          isChecked={showAll}
          onChange={(_event, checked) => setShowAll(checked)}
          isDisabled={live === undefined || desired === undefined}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="sk-diff-scroll" tabIndex={0} aria-label="Differences, line by line">
        <table className="sk-diff-table">
          <colgroup>
            <col />
            <col />
            <col />
            <col />
          </colgroup>
          <thead className="pf-v6-screen-reader">
            <tr>
              <th>Line</th>
              <th>In the cluster</th>
              <th>Line</th>
              <th>In git</th>
            </tr>
          </thead>
          <tbody>
            {parts.map(({ start, lines: part, isFolded }) =>
              isFolded && !unfolded.has(start) ? (
                <tr key={start} className="sk-diff-fold">
                  <td colSpan={4}>
                    <button type="button" onClick={() => setUnfolded(new Set([...unfolded, start]))}>
                      {part.length} equal lines
                    </button>
                  </td>
                </tr>
              ) : (
                part.map((line, i) => <Line key={`${start}+${String(i)}`} line={line} />)
              ),
            )}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Line({ line: { kind, left, right } }: { line: DiffLine }) {
  const leftKind = kind === 'same' ? 'same' : left === undefined ? 'none' : 'live';
  const rightKind = kind === 'same' ? 'same' : right === undefined ? 'none' : 'git';
  return (
    <tr>
      <td className={`sk-diff-number sk-diff-${leftKind}`}>{left?.number}</td>
      <td className={`sk-diff-text sk-diff-${leftKind}`}>
        {leftKind === 'live' ? <span className="pf-v6-screen-reader">only in the cluster: </span> : null}
        {left?.text}
      </td>
      <td className={`sk-diff-number sk-diff-${rightKind}`}>{right?.number}</td>
      <td className={`sk-diff-text sk-diff-${rightKind}`}>
        {rightKind === 'git' ? <span className="pf-v6-screen-reader">only in git: </span> : null}
        {right?.text}
      </td>
    </tr>
  );
}

interface Part {
  /** Index of its first line. */
  readonly start: number;
  readonly lines: readonly DiffLine[];
  readonly isFolded: boolean;
}

/** Long runs of equal lines become one that unfolds. */
function foldSame(lines: readonly DiffLine[]): Part[] {
  const parts: Part[] = [];
  const push = (start: number, end: number, isFolded: boolean) => {
    if (end > start) parts.push({ start, lines: lines.slice(start, end), isFolded });
  };
  for (let i = 0; i < lines.length; ) {
    const isSame = lines[i]?.kind === 'same';
    let end = i;
    while (end < lines.length && (lines[end]?.kind === 'same') === isSame) end++;
    const head = i === 0 ? 0 : CONTEXT;
    const tail = end === lines.length ? 0 : CONTEXT;
    if (isSame && end - i > head + tail + 2) {
      push(i, i + head, false);
      push(i + head, end - tail, true);
      push(end - tail, end, false);
    } else push(i, end, false);
    i = end;
  }
  return parts;
}
