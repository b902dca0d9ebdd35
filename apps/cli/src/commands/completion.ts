import { SekishoError } from '@sekisho/base';
import type { Command } from 'commander';
import { ExitCode } from '../exit-code.ts';

/** `sekisho completion SHELL`: verbs and flags, taken from the commands themselves. */
export async function completion(shell: string, program: Command): Promise<ExitCode> {
  const script = scripts[shell];
  if (script === undefined) {
    throw new SekishoError('USAGE', `There is no completion for ${shell}.`, { hint: 'Use bash, zsh or fish.' });
  }
  process.stdout.write(script(words(program)));
  return ExitCode.ok;
}

/** What may follow each command path: `'' → up status app …`, `app → list get …`, `app list → -o …`. */
function words(program: Command): Map<string, string[]> {
  const result = new Map<string, string[]>();
  const visit = (command: Command, path: string) => {
    const flags = command.options
      .filter((option) => !option.hidden)
      .flatMap((option) => option.long ?? option.short ?? []);
    result.set(path, [...command.commands.map((sub) => sub.name()), ...flags]);
    for (const sub of command.commands) visit(sub, path === '' ? sub.name() : `${path} ${sub.name()}`);
  };
  visit(program, '');
  return result;
}

const scripts: Readonly<Record<string, (words: Map<string, string[]>) => string>> = {
  bash: (all) => `${bashFunction(all)}complete -o default -F _sekisho sekisho\n`,
  zsh: (all) =>
    `autoload -U +X bashcompinit && bashcompinit\n${bashFunction(all)}complete -o default -F _sekisho sekisho\n`,
  fish: (all) =>
    [...all]
      .map(([path, next]) => {
        const seen =
          path === ''
            ? 'test (count (commandline -opc)) -eq 1'
            : `string match -q -- "sekisho ${path}*" (commandline -opc | string join ' ')`;
        return `complete -c sekisho -f -n '${seen}' -a '${next.join(' ')}'\n`;
      })
      .join(''),
};

function bashFunction(all: Map<string, string[]>): string {
  const cases = [...all].map(([path, next]) => `    "${path}") words="${next.join(' ')}" ;;`).join('\n');
  return `_sekisho() {
  local path="" words="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) continue ;; esac
    path="\${path:+$path }$word"
  done
  while :; do
    case "$path" in
${cases}
    *) case "$path" in *" "*) path="\${path% *}"; continue ;; esac ;;
    esac
    break
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
`;
}
