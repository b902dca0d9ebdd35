import { SekishoError } from '@sekisho/base';
import type { GitCommand } from './command.ts';

const setting = 'receive.hideRefs';
const prefix = 'refs/heads/';

/** Git refuses a push to a reference that is hidden from pushes, without a hook. */
export async function protectBranches(command: GitCommand, gitDir: string, branches: readonly string[]): Promise<void> {
  const set = async (...args: string[]) => {
    const { code, stderr } = await command.run(['config', '--local', ...args], { gitDir });
    // 5: there was nothing to unset.
    if (code !== 0 && code !== 5) throw new SekishoError('GIT_FAILED', `git config failed: ${stderr.slice(-500)}`);
  };
  await set('--unset-all', setting);
  for (const branch of branches) await set('--add', setting, `${prefix}${branch}`);
}

export async function protectedBranches(command: GitCommand, gitDir: string): Promise<string[]> {
  const { stdout } = await command.run(['config', '--local', '--get-all', setting], { gitDir });
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}
