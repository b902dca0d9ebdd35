import { type Command, Option } from 'commander';
import { outputOption, withExample, withServer } from '../command-options.ts';

/** `sekisho policy …` and `sekisho waiver …` */
export function addPolicyCommands(program: Command, signal: AbortSignal): void {
  const policy = program
    .command('policy')
    .description('policies that count, at which gates, and faults of those that do not');
  withExample(policy, 'sekisho policy list');

  const list = policy
    .command('list')
    .description('all policies; faults of those that do not count stand below (exit 1 when there are any)')
    .addOption(outputOption())
    .addOption(
      new Option('--gate <gate>', 'only those that are asked there').choices(['check', 'sync', 'admission', 'audit']),
    )
    .action(withServer(signal, async () => (await import('./policy-list.ts')).policyList));
  withExample(list, 'sekisho policy list', 'sekisho policy list --gate admission -o wide');

  const get = policy
    .command('get <policy>')
    .description('one policy, with the objects and files that it is made of')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./policy-get.ts')).policyGet));
  withExample(get, 'sekisho policy get gatekeeper/K8sRequiredLabels/owner');

  const waiver = program
    .command('waiver')
    .description('waivers: which policies do not count for which objects, why, and until when');
  withExample(waiver, 'sekisho waiver list');

  const waivers = waiver
    .command('list')
    .description('all waivers, those that expired or have faults too')
    .addOption(outputOption())
    .addOption(new Option('--state <state>', 'only these').choices(['active', 'expired', 'invalid']))
    .action(withServer(signal, async () => (await import('./waiver-list.ts')).waiverList));
  withExample(waivers, 'sekisho waiver list', 'sekisho waiver list --state expired');

  const create = waiver
    .command('create <name>')
    .description('write a Waiver as YAML, to be committed to git')
    .requiredOption('-n, --namespace <namespace>', 'whose objects it is for; the control namespace: of all')
    .requiredOption('--policy <name...>', 'policies that do not count: NAME or NAME/RULE (* for some characters)')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--owner <who>', 'the team or person who answers for it')
    .requiredOption('--expires <when>', 'until when: a day (2027-03-31), a time, or how long (30d, 12h)')
    .option('--kind <kind...>', 'only for objects of these kinds: Pod, apps/Deployment')
    .option('--object <name>', 'only for objects of this name (* for some characters)')
    .action(async (name: string, flags: WaiverFlags) => {
      process.exitCode = (await import('./waiver-create.ts')).waiverCreate(name, flags, Date.now());
    });
  withExample(
    create,
    "sekisho waiver create old-shop -n shop --policy K8sRequiredLabels --reason 'moves out in May' --owner team-shop --expires 30d",
  );
}

export interface WaiverFlags {
  readonly namespace: string;
  readonly policy: readonly string[];
  readonly reason: string;
  readonly owner: string;
  readonly expires: string;
  readonly kind?: readonly string[];
  readonly object?: string;
}
