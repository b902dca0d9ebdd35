import { type KubeObject, parseCrdSchema } from '@sekisho/kube';
import { asRecord } from '../../applications/as-record.ts';
import { object, open, text } from '../../applications/custom-resource.ts';
import { customKind } from './custom-kind.ts';
import { match, topLevel } from './match.ts';

export const CONSTRAINT_GROUP = 'constraints.gatekeeper.sh';

const LEGACY_VERSIONS: readonly unknown[] = ['templates.gatekeeper.sh/v1beta1', 'templates.gatekeeper.sh/v1alpha1'];

const scopedActions = {
  type: 'array',
  items: object({ action: text, enforcementPoints: { type: 'array', items: object({ name: text }) } }, ['action']),
} as const;

/** The kind of constraints that a template says; undefined when it says none. */
export function kindOfTemplate(template: KubeObject): string | undefined {
  const kind = asRecord(asRecord(asRecord(asRecord(template['spec'])['crd'])['spec'])['names'])['kind'];
  return typeof kind === 'string' && /^[A-Z][A-Za-z0-9]{0,62}$/.test(kind) ? kind : undefined;
}

/**
 * The kind of a template's constraints, as Gatekeeper makes it: parameters by the template's schema, and its match. It
 * belongs to the template and goes with it.
 *
 * @param template  one that compiles
 */
export function constraintDefinition(template: KubeObject): KubeObject | undefined {
  const kind = kindOfTemplate(template);
  if (kind === undefined) return undefined;
  const crd = asRecord(asRecord(asRecord(template['spec'])['crd'])['spec']);
  const shortNames = asRecord(crd['names'])['shortNames'];
  const definition = customKind({
    group: CONSTRAINT_GROUP,
    kind,
    plural: kind.toLowerCase(),
    scope: 'Cluster',
    versions: ['v1beta1', 'v1alpha1'],
    ...(isTexts(shortNames) ? { shortNames } : {}),
    categories: ['constraint', 'constraints'],
    columns: [
      {
        name: 'enforcement-action',
        type: 'string',
        jsonPath: '.spec.enforcementAction',
        description: 'Type of enforcement action',
      },
      {
        name: 'total-violations',
        type: 'integer',
        jsonPath: '.status.totalViolations',
        description: 'Total number of violations',
      },
    ],
    schema: () => constraintSchema(parametersSchema(asRecord(crd['validation']), template.apiVersion)),
  });
  const { name = '', uid, labels } = template.metadata;
  return {
    ...definition,
    metadata: {
      ...definition.metadata,
      labels: { ...labels, ...definition.metadata.labels, 'gatekeeper.sh/constraint': 'yes' },
      ...(uid === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'templates.gatekeeper.sh/v1',
                kind: 'ConstraintTemplate',
                name,
                uid,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          }),
    },
  };
}

function constraintSchema(parameters: unknown) {
  const spec = object({
    match,
    parameters,
    enforcementAction: text,
    scopedEnforcementActions: scopedActions,
  });
  const schema = topLevel(spec, []);
  const metadata = { type: 'object', properties: { name: { type: 'string', maxLength: 63 } } };
  return { ...schema, properties: { ...schema.properties, metadata } };
}

/** Schemas of old templates need not be structural: then anything goes. */
function parametersSchema(validation: Readonly<Record<string, unknown>>, apiVersion: string): unknown {
  const written = validation['openAPIV3Schema'];
  if (typeof written !== 'object' || written === null) return open;
  const isLegacy = validation['legacySchema'] ?? LEGACY_VERSIONS.includes(apiVersion);
  if (isLegacy !== true) return written;
  const wrapped = { type: 'object', properties: { parameters: written } };
  const isStructural = parseCrdSchema(wrapped, '').errors.length === 0;
  return isStructural ? { ...written, 'x-kubernetes-preserve-unknown-fields': true } : open;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Whether constraints are of this kind: the group alone tells. */
export function isConstraint(object: KubeObject): boolean {
  return object.apiVersion.startsWith(`${CONSTRAINT_GROUP}/`);
}
