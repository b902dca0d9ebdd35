import type { Logger } from '@sekisho/base';
import pino from 'pino';

/** JSON lines on stderr; on a terminal one readable line each. */
export function createConsoleLogger(level: 'warn' | 'info' | 'debug'): Logger {
  const logger = pino(
    { level, base: null },
    process.stderr.isTTY ? readable() : pino.destination({ fd: 2, sync: true }),
  );
  return logger as unknown as Logger;
}

function readable(): pino.DestinationStream {
  return {
    write(line: string) {
      const { level, time, msg, err, part, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const name = Number(level) >= 50 ? 'error' : Number(level) >= 40 ? 'warn' : 'info';
      const error = err as { message?: string } | undefined;
      const rest = Object.entries(fields)
        .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join('');
      const clock = new Date(Number(time)).toISOString().slice(11, 19);
      const where = part === undefined ? '' : ` [${String(part)}]`;
      process.stderr.write(
        `${clock} ${name}${where} ${String(msg)}${rest}${error?.message === undefined ? '' : `: ${error.message}`}\n`,
      );
    },
  };
}
