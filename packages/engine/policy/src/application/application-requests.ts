import type { Diagnostic } from '@sekisho/base';
import type { Manifest } from '@sekisho/kube';
import type { PolicyDocument } from '../gatekeeper/document.ts';
import { type ExemptionOptions, isExempt } from '../policy-set/exemption.ts';
import type { GateRequest, GateVerdict } from '../policy-set/types.ts';
import { isWaiver, parseWaiver } from '../waiver/parse-waiver.ts';
import type { Waiver } from '../waiver/waiver.ts';

/** What policies are asked about an application. */
export interface ApplicationRequests {
  /** Of all objects that policies may judge, in the order of the manifests. */
  readonly requests: readonly GateRequest[];
  /** Valid waivers that it brings, with their own requests. */
  readonly waivers: readonly {
    readonly waiver: Waiver;
    readonly document: PolicyDocument;
    readonly request: GateRequest;
  }[];
  /** Faults of waivers that it brings: such cover nothing. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Manifests, each with its namespace, as requests to create them; policies themselves and other exempt objects are not asked about. */
export function applicationRequests(manifests: readonly Manifest[], options: ExemptionOptions): ApplicationRequests {
  const requests: GateRequest[] = [];
  const waivers: ApplicationRequests['waivers'][number][] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { object, origin } of manifests) {
    const request: GateRequest = { object, operation: 'CREATE', origin };
    if (isExempt(request, options)) continue;
    requests.push(request);
    if (!isWaiver(object)) continue;
    const document = { object, origin };
    const { waiver, diagnostics: faults } = parseWaiver(document, options);
    diagnostics.push(...faults);
    if (waiver !== undefined) waivers.push({ waiver, document, request });
  }
  return { requests, waivers, diagnostics };
}

/** Asks about objects that belong together, with these waivers besides those of the set. */
export type AskTogether = (
  requests: readonly GateRequest[],
  brought: { readonly waivers: readonly Waiver[]; readonly documents: readonly PolicyDocument[] },
) => readonly GateVerdict[] | Promise<readonly GateVerdict[]>;

/** What an application breaks. The waivers that it brings count, as far as no policy denies them. */
export async function judgeApplication(
  { requests, waivers }: ApplicationRequests,
  ask: AskTogether,
): Promise<{ readonly verdicts: readonly GateVerdict[]; readonly waivers: readonly Waiver[] }> {
  if (waivers.length === 0) return { verdicts: await ask(requests, { waivers: [], documents: [] }), waivers: [] };
  const own = waivers.map(({ request }) => request);
  const denied = new Set(
    (await ask(own, { waivers: [], documents: [] }))
      .filter(({ decision }) => decision === 'deny')
      .map(({ subject }) => `${subject.namespace}/${subject.name}`),
  );
  const counting = waivers.filter(({ waiver }) => !denied.has(waiver.id));
  const brought = {
    waivers: counting.map(({ waiver }) => waiver),
    documents: counting.map(({ document }) => document),
  };
  return { verdicts: await ask(requests, brought), waivers: brought.waivers };
}
