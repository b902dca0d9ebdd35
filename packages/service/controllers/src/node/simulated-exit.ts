import type { Container } from '../kinds/pod.ts';

const SHELLS = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a)?sh$/;
const SHELL_SCRIPT_FLAG = /^-[a-z]*c$/;

/**
 * The exit code that a container's command spells out, so that failures can be tried on a node that runs nothing:
 * `false`, `true`, `exit 3`, or a shell script whose last statement is one of these. Undefined for anything else.
 */
export function statedExitCode(container: Container): number | undefined {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  const [program = ''] = words;
  if (SHELLS.test(program) && words.length === 3 && SHELL_SCRIPT_FLAG.test(words[1] ?? '')) {
    return exitCodeOfScript(words[2] ?? '');
  }
  return words.length === 0 ? undefined : exitCodeOfStatement(words.join(' '));
}

function exitCodeOfScript(script: string): number | undefined {
  const statements = script
    .split(/;|\n|&&/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  const last = statements.at(-1);
  return last === undefined ? undefined : exitCodeOfStatement(last);
}

function exitCodeOfStatement(statement: string): number | undefined {
  if (/^(?:\/(?:usr\/)?bin\/)?false$/.test(statement)) return 1;
  if (/^(?:\/(?:usr\/)?bin\/)?true$/.test(statement)) return 0;
  const exit = /^exit(?: +(\d{1,3}))?$/.exec(statement);
  if (exit === null) return undefined;
  return Number(exit[1] ?? 0) & 0xff;
}
