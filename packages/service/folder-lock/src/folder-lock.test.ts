import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

const refusal = { code: 'TAKEN', message: 'somebody is here' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-lock-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('lockFolder makes the folder, refuses a second holder and frees it on release', async () => {
  const inner = join(folder, 'a/b');
  const lock = await lockFolder(inner, refusal);
  await expect(lockFolder(inner, refusal)).rejects.toMatchObject({ code: 'TAKEN', hint: expect.any(String) });
  await lock.release();
  await (await lockFolder(inner, refusal)).release();
});

test('lockFolder knows the same folder by another name', async () => {
  symlinkSync(folder, `${folder}-link`);
  const lock = await lockFolder(folder, refusal);
  await expect(lockFolder(`${folder}-link`, refusal)).rejects.toMatchObject({ code: 'TAKEN' });
  await lock.release();
  rmSync(`${folder}-link`);
});

test('lockFolder says that a file is no folder', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(lockFolder(file, refusal)).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
});

test('lockFolder finds nothing stale after kill -9', async () => {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program(folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  await expect(lockFolder(folder, refusal)).rejects.toMatchObject({ code: 'TAKEN' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await (await lockFolder(folder, refusal)).release();
});

/** Holds the folder by the built package, as any other process would. */
function program(path: string): string {
  const built = new URL('../dist/index.js', import.meta.url).href;
  return `import { lockFolder } from ${JSON.stringify(built)};
await lockFolder(${JSON.stringify(path)}, { code: 'TAKEN', message: '' });
console.log('held');
setInterval(() => {}, 1000);`;
}
