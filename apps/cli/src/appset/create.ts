import { isSekishoError, SekishoError } from '@sekisho/base';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { readObjects } from '../object-file.ts';
import { print } from '../output/print.ts';
import { COLLECTION, generate } from './application-set.ts';

interface Flags {
  readonly upsert?: boolean;
  readonly dryRun?: boolean;
}

/** `sekisho appset create FILE`. @throws SekishoError APPLICATIONSET_INVALID | KUBE_ALREADY_EXISTS | FILE_UNREADABLE */
export async function appsetCreate(context: CommandContext, flags: Flags, file: string): Promise<ExitCode> {
  const { connection, signal } = context;
  for (const set of readObjects(file, 'ApplicationSet')) {
    const { name } = set.metadata;
    if (flags.dryRun === true) {
      const made = await generate(context, set);
      print(`applicationset ${name} would make ${made.length === 1 ? '1 application' : `${made.length} applications`}`);
      for (const { metadata } of made) print(`  ${metadata.name}`);
      continue;
    }
    await namingUpsert(() => connection.api.post(`${COLLECTION}?upsert=${flags.upsert === true}`, set, signal));
    print(`applicationset ${name} ${flags.upsert === true ? 'stored' : 'created'}`);
  }
  return ExitCode.ok;
}

async function namingUpsert(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
    throw new SekishoError(error.code, error.message, { cause: error, hint: 'Give --upsert to change it.' });
  }
}
