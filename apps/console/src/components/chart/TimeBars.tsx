import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react';
import type { Tone } from '../states.ts';

export interface Series {
  readonly name: string;
  readonly tone: Tone;
}

export interface Bucket {
  readonly at: string;
  /** One of each series. */
  readonly values: readonly number[];
}

interface Props {
  readonly label: string;
  readonly series: readonly Series[];
  /** Oldest first. */
  readonly buckets: readonly Bucket[];
  readonly height?: number;
}

const LEFT = 40;
const TOP = 8;
const BOTTOM = 22;
const TICKS = 3;
const LABEL_WIDTH = 72;
/** What the words themselves need. */
const LABEL_ROOM = 44;

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const hour = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/**
 * Stacked bars over time. One bar is chosen, by pointer or arrow keys, and told in words; to a screen reader it is a
 * slider through time.
 */
export function TimeBars({ label, series, buckets, height = 160 }: Props) {
  const { ref, width } = useWidth();
  const [chosen, setChosen] = useState<number>();
  const last = buckets.length - 1;
  const at = Math.min(chosen ?? last, last);
  const isFine = buckets.length > 1 && timeOf(buckets, 1) - timeOf(buckets, 0) < 20 * 3_600_000;
  const nameOf = (index: number, format = isFine ? hour : day) => format.format(timeOf(buckets, index));
  const words = (index: number) =>
    `${nameOf(index)}: ${series.map(({ name }, i) => `${(buckets[index]?.values[i] ?? 0).toLocaleString('en')} ${name}`).join(', ')}`;

  const top = ceiling(Math.max(0, ...buckets.map(({ values }) => sum(values))));
  const inner = { width: Math.max(0, width - LEFT), height: height - TOP - BOTTOM };
  const step = inner.width / Math.max(1, buckets.length);
  const y = (value: number) => TOP + inner.height * (1 - value / top);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / Math.max(step, 0.1)));

  const move = (event: KeyboardEvent) => {
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: last }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    setChosen(Math.max(0, Math.min(last, to)));
  };
  const point = (event: PointerEvent<HTMLElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
    setChosen(Math.max(0, Math.min(last, Math.floor(x / step))));
  };

  return (
    <figure className="sk-chart" ref={ref}>
      <figcaption className="sk-chart-words">
        <span>{words(at)}</span>
        <span className="sk-chart-legend" aria-hidden="true">
          {series.map(({ name, tone }) => (
            <span key={name} className={`sk-tone-${tone}`}>
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <div
        className="sk-chart-slider"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at}
        aria-valuetext={words(at)}
        onKeyDown={move}
        onPointerMove={point}
        onPointerLeave={() => setChosen(undefined)}
      >
        <svg width={width} height={height} aria-hidden="true">
          {Array.from({ length: TICKS + 1 }, (_, i) => (top * i) / TICKS).map((value) => (
            <g key={value}>
              <line className="sk-chart-grid" x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
              <text className="sk-chart-text" x={LEFT - 8} y={y(value) + 4} textAnchor="end">
                {value.toLocaleString('en', { notation: 'compact' })}
              </text>
            </g>
          ))}
          {buckets.map(({ at: time, values }, index) => {
            const x = LEFT + index * step;
            const bar = { x: x + step * 0.12, width: Math.max(1, step * 0.76) };
            return (
              <g key={time} className={index === at && chosen !== undefined ? 'sk-chart-chosen' : undefined}>
                <rect className="sk-chart-column" x={x} y={TOP} width={step} height={inner.height} />
                {series.map(({ name, tone }, i) => {
                  const below = sum(values.slice(0, i));
                  const value = values[i] ?? 0;
                  return value === 0 ? null : (
                    <rect
                      key={name}
                      className={`sk-chart-bar sk-tone-${tone}`}
                      {...bar}
                      y={y(below + value)}
                      height={Math.max(1, y(below) - y(below + value))}
                    />
                  );
                })}
                {index % every === 0 && x + LABEL_ROOM <= width ? (
                  <text className="sk-chart-text" x={x} y={height - 6}>
                    {nameOf(index, day)}
                  </text>
                ) : null}
              </g>
            );
          })}
        </svg>
      </div>
    </figure>
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const timeOf = (buckets: readonly Bucket[], index: number) => Date.parse(buckets[index]?.at ?? '') || 0;

/** The next number that thirds well: 3, 6, 15, 30, 60, 150 … */
function ceiling(value: number): number {
  for (let power = 1; ; power *= 10) {
    for (const factor of [3, 6, 15]) if (factor * power >= value) return factor * power;
  }
}

function useWidth() {
  const ref = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const { current } = ref;
    if (current === null) return;
    setWidth(current.clientWidth);
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
