import { randomUUID } from 'node:crypto';
import { quoteGo } from '@sekisho/base';
import { renderChart } from '@sekisho/helm';
import type { CheckWorld } from '../check/world.ts';
import { durationMs } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { printable } from '../output/text.ts';
import { ChartFaultError, usageError, warnOfPassword } from './fault-report.ts';
import { type ChartFlags, openChart } from './open-chart.ts';
import { writeOutputFolder } from './output-folder.ts';
import { type NameFlags, nameAndChart } from './release-name.ts';
import { readValuesFlags, type ValuesFlags } from './values-flags.ts';

export interface TemplateFlags extends ValuesFlags, NameFlags, ChartFlags, RefusedFlags {
  readonly namespace: string;
  readonly includeCrds?: boolean;
  readonly hooks: boolean;
  readonly skipTests?: boolean;
  readonly showOnly?: readonly string[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly isUpgrade?: boolean;
  readonly skipSchemaValidation?: boolean;
  readonly outputDir?: string;
  readonly releaseName?: boolean;
  readonly dryRun?: string;
  readonly timeout?: string;
}

interface RefusedFlags {
  readonly validate?: boolean;
  readonly postRenderer?: string;
  readonly postRendererArgs?: string;
  readonly enableDns?: boolean;
  readonly kubeconfig?: string;
  readonly kubeContext?: string;
}

/** `sekisho helm template [NAME] CHART`: exit 1 when the chart or its values are at fault. @throws ChartFaultError; SekishoError */
export async function templateCommand(
  words: readonly string[],
  flags: TemplateFlags,
  world: CheckWorld,
  interrupt: AbortSignal,
): Promise<ExitCode> {
  refuse(flags);
  warnOfPassword(flags, world);
  const signal =
    flags.timeout === undefined
      ? interrupt
      : AbortSignal.any([interrupt, AbortSignal.timeout(durationMs(flags.timeout) ?? 0)]);
  const { name, chart: reference } = nameAndChart(words, flags);
  const values = await readValuesFlags(flags, world);
  const chart = await openChart(reference, flags, world, signal);
  const rendered = renderChart(chart, {
    releaseName: name,
    namespace: flags.namespace,
    values,
    includeCrds: flags.includeCrds === true,
    noHooks: !flags.hooks,
    skipTests: flags.skipTests === true,
    isUpgrade: flags.isUpgrade === true,
    skipSchemaValidation: flags.skipSchemaValidation === true,
    now: BigInt(Date.now()) * 1_000_000n,
    seed: randomUUID(),
    signal,
    ...(flags.kubeVersion === undefined ? {} : { kubeVersion: flags.kubeVersion }),
    ...(flags.apiVersions === undefined ? {} : { apiVersions: flags.apiVersions }),
    ...(flags.showOnly === undefined ? {} : { showOnly: flags.showOnly }),
  });
  const isError = ({ severity }: { severity: string }) => severity === 'error';
  for (const { message } of rendered.diagnostics.filter((diagnostic) => !isError(diagnostic)))
    world.stderr(`level=WARN msg=${quoteGo(printable(message))}\n`);
  const errors = rendered.diagnostics.filter(isError);
  if (errors.length > 0) throw new ChartFaultError(errors);
  if (flags.outputDir === undefined) world.stdout(rendered.text);
  else {
    const release = flags.releaseName === true ? { release: name } : {};
    const output = { folder: flags.outputDir, cwd: world.cwd, includeCrds: flags.includeCrds === true, ...release };
    world.stdout(await writeOutputFolder(rendered, output));
  }
  return ExitCode.ok;
}

/** What reaches a cluster, starts programs or looks names up. @throws SekishoError USAGE */
function refuse(flags: TemplateFlags): void {
  if (flags.validate === true || flags.kubeconfig !== undefined || flags.kubeContext !== undefined) {
    throw usageError(
      'no cluster is asked here: --validate, --kubeconfig and --kube-context are refused',
      [
        'Say what the cluster is with --kube-version and --api-versions; what it would say of the objects: sekisho diff.',
      ].join(''),
    );
  }
  if (flags.postRenderer !== undefined || flags.postRendererArgs !== undefined) {
    throw usageError(
      'post-renderers are programs, and none is started',
      'Name the chart in helmCharts of a kustomization, and change there what it gives: sekisho kustomize build --enable-helm.',
    );
  }
  if (flags.enableDns === true) {
    throw usageError('host names are not looked up: --enable-dns is refused', 'Give addresses as values.');
  }
  if (flags.outputDir !== undefined && flags.showOnly !== undefined) {
    throw usageError('--output-dir prints nothing that --show-only could select', 'Leave one of the two out.');
  }
}
