import { formatDiagnostic, formatOrigin, type Origin } from '@sekisho/base';
import type { FieldOrigins, GateVerdict } from '@sekisho/policy';
import type { ApplicationCondition } from '@sekisho/sync';
import type { Explainer } from './explainer.ts';
import { type GateLook, requestOf } from './gate-look.ts';

/** Verdicts that are told one by one. */
const MAX_TOLD = 10;

/** What the Application's status says of verdicts: policy, object, field, and where in git it stands. */
export async function gateConditions(
  look: GateLook,
  origins: FieldOrigins,
  explain: Explainer,
): Promise<ApplicationCondition[]> {
  if (look.fault !== undefined) return [{ type: 'PolicyViolationError', message: look.fault }];
  const conditions: ApplicationCondition[] = [];
  for (const [decision, type] of [
    ['deny', 'PolicyViolationError'],
    ['warn', 'PolicyWarning'],
  ] as const) {
    const verdicts = look.verdicts.filter((verdict) => verdict.decision === decision);
    for (const verdict of verdicts.slice(0, MAX_TOLD)) {
      conditions.push({ type, message: describeVerdict(verdict, await originOf(verdict, look, origins, explain)) });
    }
    const more = verdicts.length - MAX_TOLD;
    if (more > 0) conditions.push({ type, message: `and ${more} more` });
  }
  for (const fault of look.diagnostics) conditions.push({ type: 'PolicyWarning', message: formatDiagnostic(fault) });
  return conditions;
}

/** Where the field stands that a verdict is about; else its object. */
export async function originOf(
  verdict: GateVerdict,
  look: Pick<GateLook, 'asked' | 'cluster'>,
  origins: FieldOrigins,
  explain: Explainer,
): Promise<Origin | undefined> {
  const { origin } = verdict.subject;
  const object = requestOf(verdict, look)?.object;
  if (origin === undefined || object === undefined) return origin;
  const { fields = [] } = verdict;
  // Where no field is named, what the rule looked at tells the place.
  const looked = fields.length > 0 ? fields : ((await explain(verdict, look))?.values ?? []).map(({ path }) => path);
  return origins.originOf(object, origin, looked);
}

/** `K8sPrivileged/none: Deployment shop/web: container web is privileged (spec.…, web.yaml:14:13)` */
function describeVerdict({ policy, subject, message, fields = [] }: GateVerdict, origin: Origin | undefined): string {
  const title = policy.rule === undefined ? policy.name : `${policy.name}/${policy.rule}`;
  const name = subject.namespace === undefined ? subject.name : `${subject.namespace}/${subject.name}`;
  const places = [fields[0], origin === undefined ? undefined : formatOrigin(origin)].filter(
    (place) => place !== undefined,
  );
  return `${title}: ${subject.kind} ${name}: ${message}${places.length === 0 ? '' : ` (${places.join(', ')})`}`;
}
