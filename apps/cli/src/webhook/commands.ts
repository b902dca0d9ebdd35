import { type Command, Option } from 'commander';
import { withExample } from '../command-options.ts';
import type { WebhookFlags } from '../commands/webhook.ts';
import { durationText, wholeNumber } from '../duration.ts';

/** `sekisho webhook`: the policies of a cluster, asked by its API server. */
export function addWebhookCommand(program: Command, signal: AbortSignal): void {
  const webhook = program
    .command('webhook')
    .description('answer the admission requests of a cluster by the policies that lie in it')
    .option('--kubeconfig <file>', 'of the cluster (in a pod: its service account; else $KUBECONFIG)')
    .option('--kube-context <name>', 'a context of that file')
    .option('-n, --namespace <namespace>', "Sekisho's own in that cluster (in a pod: the pod's; else sekisho)")
    .addOption(new Option('--host <address>', 'address to listen on').default('0.0.0.0'))
    .addOption(
      new Option('--port <port>', 'port to listen on; 0 takes a free one')
        .default('8443')
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(new Option('--configuration <name>', 'webhook configurations that trust it').default('sekisho'))
    .addOption(new Option('--service <name>', 'Service by which it is reached').default('sekisho-webhook'))
    .option('--hostname <name...>', 'other names and addresses by which it is reached')
    .addOption(new Option('--secret <name>', 'Secret that holds its certificates').default('sekisho-webhook-tls'))
    .option('--tls-cert <file>', 'a certificate that somebody else makes and rotates, instead of the Secret')
    .option('--tls-key <file>', 'its key')
    .addOption(new Option('--tls-min <version>', 'lowest version of TLS').choices(['1.2', '1.3']).default('1.3'))
    .option('--client-ca <file>', 'clients must show a certificate of this authority')
    .option('--client-name <name...>', 'and have one of these common names')
    .option('--exempt-namespace <name...>', 'namespaces that no policy is asked about, besides kube-system')
    .option('--native-policies', 'also ask admission policies that the cluster asks itself')
    .option('--no-make-kinds', 'the kinds of policies that are missing are not made')
    .addOption(new Option('--threads <number>', 'threads that ask policies').default('2').argParser(wholeNumber(1, 64)))
    .addOption(
      new Option('--max-bytes <bytes>', 'longest AdmissionReview')
        .default('8388608')
        .argParser(wholeNumber(1, 268_435_456)),
    )
    .addOption(
      new Option('--max-concurrent <number>', 'AdmissionReviews at a time')
        .default('200')
        .argParser(wholeNumber(1, 100_000)),
    )
    .addOption(
      new Option('--request-timeout <duration>', 'for one AdmissionReview').default('8s').argParser(durationText),
    )
    .addOption(
      new Option('--drain <duration>', 'how long requests are still answered when it ends')
        .default('5s')
        .argParser(durationText),
    )
    .option('--data <folder>', 'keeps what is fetched for PolicySources (default: a temporary folder)')
    .option('--allow-local-git', 'repositories of PolicySources on this machine may be opened')
    .action(async (_flags: WebhookFlags, command: Command) => {
      const { webhook: run } = await import('../commands/webhook.ts');
      process.exitCode = await run(command.optsWithGlobals<WebhookFlags>(), signal);
    });
  withExample(webhook, 'sekisho webhook --kubeconfig staging.yaml --hostname gate.example.com');
}
