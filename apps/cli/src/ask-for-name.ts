import { createInterface } from 'node:readline/promises';
import { SekishoError } from '@sekisho/base';

/**
 * Asks for a name before something that can't be undone.
 *
 * @param options  action: the verb, capital first; what: what will happen, a sentence without its end
 * @throws SekishoError USAGE  nobody can answer, or the answer is another name
 */
export async function askForName(
  name: string,
  { action, what, signal }: { action: string; what: string; signal: AbortSignal },
): Promise<void> {
  const sentence = `${what[0]?.toUpperCase() ?? ''}${what.slice(1)}.`;
  if (!process.stdin.isTTY) {
    throw new SekishoError('USAGE', `${name} must be confirmed: ${what}.`, {
      hint: 'Give --yes when nobody can answer.',
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${action} ${name}? ${sentence} Type its name to go on: `, { signal });
    if (answer.trim() !== name) throw new SekishoError('USAGE', 'That was not the name; nothing was done.');
  } finally {
    prompt.close();
  }
}
