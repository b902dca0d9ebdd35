import type { CheckResult, ScoredObject } from '../kube-score/score.ts';
import { gradeWord, worstOf } from './scored.ts';

export interface HumanOptions {
  /** 0: what is not right; 1: also what is; 2: also what was skipped. Default 0. */
  readonly verbosity?: number;
  /** Columns of the terminal. Default 80. */
  readonly width?: number;
  /** Default false. */
  readonly color?: boolean;
}

const marks = { CRITICAL: '💥', WARNING: '🤔', OK: '✅' } as const;
const MAX_HEADER = 80;
const MIN_TEXT = 40;
const INDENT = ' '.repeat(12);
const MAGENTA = 35;
const RED = 31;
const GREEN = 32;
const YELLOW = 33;

/** For people: a heading per object, below it what is to be done. */
export function writeHuman(scores: readonly ScoredObject[], options: HumanOptions = {}): string {
  const { verbosity = 0, width = 80, color = false } = options;
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return scores
    .map((scored) => {
      const { object } = scored.subject;
      const { name = '', namespace = '' } = object.metadata ?? {};
      const heading = `${object.apiVersion}/${object.kind} ${name}${namespace === '' ? '' : ` in ${namespace}`}`;
      const gap = ' '.repeat(Math.max(0, Math.min(MAX_HEADER, width) - heading.length - 2));
      const steps = scored.results
        .filter((result) => isShown(result, verbosity))
        .map((result) => stepText(result, Math.max(MIN_TEXT, width - INDENT.length), paint));
      return `${paint(MAGENTA, heading)}${gap}${marks[worstOf(scored)]}\n${steps.join('')}`;
    })
    .join('');
}

function isShown({ grade, skipped }: CheckResult, verbosity: number): boolean {
  if (skipped) return verbosity >= 2;
  return grade < 10 || verbosity >= 1;
}

function stepText(result: CheckResult, width: number, paint: (code: number, text: string) => string): string {
  const word = gradeWord(result);
  const code = result.skipped || result.grade === 10 ? GREEN : result.grade === 1 ? RED : YELLOW;
  const comments = result.comments.map(({ path, summary, description }) => {
    const place = path === '' ? '' : `${path} -> `;
    const more = description === '' ? '' : `\n${wrap(description, width).join('\n')}`;
    return `        · ${place}${summary}${more}\n`;
  });
  return `${paint(code, `    [${word}] ${result.check.name}`)}\n${comments.join('')}`;
}

/** Lines of at most `width`, unless a word alone is longer. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(INDENT + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(INDENT + line);
  return lines;
}
