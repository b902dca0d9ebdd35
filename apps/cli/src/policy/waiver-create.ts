import { type Diagnostic, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { parseWaiver } from '@sekisho/policy';
import { durationMs } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { formatValue, print } from '../output/print.ts';
import type { WaiverFlags } from './commands.ts';

/**
 * `sekisho waiver create NAME`: the Waiver as YAML, checked as the server will. Nothing is written to a cluster.
 *
 * @throws SekishoError WAIVER_INVALID
 */
export function waiverCreate(name: string, flags: WaiverFlags, now: number): ExitCode {
  const object = waiverObject(name, flags, now);
  const { waiver, diagnostics } = parseWaiver({ object });
  if (waiver === undefined) throw invalid(diagnostics);
  if (waiver.expires <= now) {
    throw new SekishoError('WAIVER_INVALID', `It would have expired already: ${flags.expires}.`, {
      hint: 'Say a day to come, or how long it counts: --expires 30d.',
    });
  }
  print(formatValue(object, 'yaml'));
  return ExitCode.ok;
}

function waiverObject(name: string, flags: WaiverFlags, now: number): KubeObject {
  const { namespace, policy, reason, owner, expires, kind = [], object } = flags;
  const match = {
    ...(kind.length === 0 ? {} : { kinds: kind.map(kindEntry) }),
    ...(object === undefined ? {} : { name: object }),
  };
  return {
    apiVersion: 'sekisho.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name, namespace },
    spec: {
      policies: policy.map(policyEntry),
      ...(Object.keys(match).length === 0 ? {} : { match }),
      reason,
      owner,
      expires: timeOf(expires, now),
    },
  };
}

/** `NAME` or `NAME/RULE`. */
function policyEntry(text: string) {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { name: text.slice(0, slash), rule: text.slice(slash + 1) };
}

/** `Pod` or `apps/Deployment`. */
function kindEntry(text: string) {
  const slash = text.indexOf('/');
  return slash < 0
    ? { apiGroups: [''], kinds: [text] }
    : { apiGroups: [text.slice(0, slash)], kinds: [text.slice(slash + 1)] };
}

/** How long it counts becomes a time; days and times stay as they are written. */
function timeOf(text: string, now: number): string {
  const ms = durationMs(text);
  return ms === undefined ? text : new Date(now + ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function invalid(diagnostics: readonly Diagnostic[]): SekishoError {
  const hint = diagnostics.find((diagnostic) => diagnostic.hint !== undefined)?.hint;
  const options = hint === undefined ? {} : { hint };
  return new SekishoError('WAIVER_INVALID', diagnostics.map(({ message }) => message).join('\n'), options);
}
