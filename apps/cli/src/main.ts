import { ExitCode } from './exit-code.ts';
import { createProgram, expandHelp } from './program.ts';
import { reportError } from './report-error.ts';

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // A second signal ends the process at once: for whoever won't wait for a clean stop.
  process.once(name, () => {
    controller.abort(new DOMException('interrupted', 'AbortError'));
    process.once(name, () => process.exit(ExitCode.interrupted));
  });
}
// `sekisho app list | head`: the reader has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(ExitCode.ok);
});

const args = expandHelp(process.argv.slice(2));
try {
  await createProgram(controller.signal).parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = reportError(error, controller.signal, args.includes('-v') || args.includes('--verbose'));
}
