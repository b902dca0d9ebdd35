import { oneLine } from './text.ts';

/** What long work shows on stderr: a changing line on a terminal, plain lines elsewhere. */
export interface Progress {
  show(text: string): void;
  /** A line that stays. */
  done(text: string): void;
}

/** @param options quiet: show nothing */
export function createProgress(
  options: { quiet?: boolean } = {},
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  if (options.quiet === true) return { show: () => {}, done: () => {} };
  const clear = stream.isTTY === true ? '\r\u001b[2K' : '';
  return {
    show(text) {
      if (stream.isTTY !== true) return;
      // A line that wraps could not be cleared.
      const room = Math.max(20, (stream.columns ?? 80) - 3);
      stream.write(`${clear}${oneLine(text).slice(0, room)} …`);
    },
    done(text) {
      stream.write(`${clear}${text}\n`);
    },
  };
}
