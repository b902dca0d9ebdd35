import { createFieldReader, type Diagnostic, type FieldReader } from '@sekisho/base';
import type { KubeObject, Requirement } from '@sekisho/kube';
import { readGenerators, SET_FAULT } from '../generators/read-generators.ts';
import { requirementsOf, SelectorError } from '../selector.ts';
import type {
  ApplicationDifference,
  ApplicationSet,
  ApplicationSetSpec,
  ApplicationsSync,
  DeletionOrder,
  RolloutStep,
  Strategy,
} from './application-set.ts';

const SYNC_POLICIES: readonly string[] = ['create-only', 'create-update', 'create-delete', 'sync'];
const MISSING_KEYS = ['default', 'invalid', 'zero', 'error'].map((value) => `missingkey=${value}`);
const REFRESH_ANNOTATION = 'argocd.argoproj.io/application-set-refresh';
const SPEC_FIELDS = [
  'generators',
  'template',
  'templatePatch',
  'goTemplate',
  'goTemplateOptions',
  'syncPolicy',
  'strategy',
  'preservedFields',
  'ignoreApplicationDifferences',
  'applyNestedSelectors',
];

export interface ParsedApplicationSet {
  /** Undefined when there is an error among the diagnostics. */
  readonly set?: ApplicationSet;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads an ApplicationSet. Codes: APPLICATIONSET_INVALID; warnings APPLICATIONSET_FIELD_UNKNOWN and APPLICATIONSET_IGNORED.
 *
 * Templates are not looked into: what is wrong in them shows when they are rendered.
 */
export function parseApplicationSet(object: KubeObject): ParsedApplicationSet {
  const diagnostics: Diagnostic[] = [];
  const { name = '', namespace = '', uid = '', annotations = {}, deletionTimestamp } = object.metadata;
  const root = createFieldReader(object, {
    ...SET_FAULT,
    path: '',
    file: `applicationset ${namespace === '' ? name : `${namespace}/${name}`}`,
    owner: 'an ApplicationSet',
    diagnostics,
  });
  const fields = root.object('spec');
  if (fields === undefined && !root.hasFaults()) root.fault('spec', 'is missing');
  const spec = fields === undefined ? undefined : readSpec(fields);
  if (spec === undefined || diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics };
  const set = {
    name,
    namespace,
    uid,
    spec,
    refreshRequested: Object.hasOwn(annotations, REFRESH_ANNOTATION),
    isBeingDeleted: deletionTimestamp !== undefined,
  };
  return { set, diagnostics };
}

function readSpec(reader: FieldReader): ApplicationSetSpec {
  reader.onlyFields(SPEC_FIELDS);
  const template = reader.object('template');
  if (template === undefined) reader.fault('template', 'is missing');
  template?.onlyFields(['metadata', 'spec']);
  template?.object('metadata')?.onlyFields(['name', 'namespace', 'labels', 'annotations', 'finalizers']);
  const preserved = reader.object('preservedFields');
  preserved?.onlyFields(['annotations', 'labels']);
  const templatePatch = reader.text('templatePatch');
  if (!reader.has('generators')) reader.fault('generators', 'is missing');
  return {
    generators: readGenerators(reader, 'generators'),
    template: template?.fields ?? {},
    ...(templatePatch === undefined ? {} : { templatePatch }),
    goTemplate: reader.flag('goTemplate') ?? false,
    goTemplateOptions: readOptions(reader),
    ...readSyncPolicy(reader),
    strategy: readStrategy(reader),
    preservedFields: { annotations: preserved?.texts('annotations') ?? [], labels: preserved?.texts('labels') ?? [] },
    ignoreApplicationDifferences: reader.objects('ignoreApplicationDifferences').map(readDifference),
  };
}

function readOptions(reader: FieldReader): readonly string[] {
  const options = reader.texts('goTemplateOptions');
  options.forEach((option, index) => {
    if (MISSING_KEYS.includes(option)) return;
    reader.fault(`goTemplateOptions[${index}]`, `unrecognized option: ${option}`, `Use ${MISSING_KEYS.join(', ')}.`);
  });
  return options;
}

function readSyncPolicy(
  reader: FieldReader,
): Pick<ApplicationSetSpec, 'applicationsSync' | 'preserveResourcesOnDeletion'> {
  const policy = reader.object('syncPolicy');
  policy?.onlyFields(['applicationsSync', 'preserveResourcesOnDeletion']);
  const applicationsSync = policy?.text('applicationsSync');
  if (applicationsSync !== undefined && !SYNC_POLICIES.includes(applicationsSync))
    policy?.fault('applicationsSync', `"${applicationsSync}" is no policy`, `Use ${SYNC_POLICIES.join(', ')}.`);
  return {
    ...(applicationsSync === undefined ? {} : { applicationsSync: applicationsSync as ApplicationsSync }),
    preserveResourcesOnDeletion: policy?.flag('preserveResourcesOnDeletion') ?? false,
  };
}

function readDifference(reader: FieldReader): ApplicationDifference {
  reader.onlyFields(['name', 'jsonPointers', 'jqPathExpressions']);
  const pointers = reader.texts('jsonPointers');
  pointers.forEach((pointer, index) => {
    if (!pointer.startsWith('/'))
      reader.fault(`jsonPointers[${index}]`, `"${pointer}" is no JSON pointer`, 'It looks like /spec/syncPolicy.');
  });
  return {
    name: reader.text('name') ?? '',
    jsonPointers: pointers,
    jqPathExpressions: reader.texts('jqPathExpressions'),
  };
}

function readStrategy(reader: FieldReader): Strategy {
  const strategy = reader.object('strategy');
  strategy?.onlyFields(['type', 'rollingSync', 'deletionOrder']);
  const type = strategy?.text('type') || 'AllAtOnce';
  const deletionOrder = readDeletionOrder(strategy);
  if (type === 'AllAtOnce') return { type, deletionOrder: 'AllAtOnce' };
  if (type !== 'RollingSync') strategy?.fault('type', `"${type}" is no strategy`, 'Use AllAtOnce or RollingSync.');
  const rolling = strategy?.object('rollingSync');
  rolling?.onlyFields(['steps']);
  const steps = rolling?.objects('steps').map(readStep) ?? [];
  if (steps.length === 0) strategy?.fault('rollingSync.steps', 'is missing', 'Give the steps, or type: AllAtOnce.');
  return { type: 'RollingSync', deletionOrder, steps };
}

function readDeletionOrder(strategy: FieldReader | undefined): DeletionOrder {
  const order = strategy?.text('deletionOrder') || 'AllAtOnce';
  for (const known of ['AllAtOnce', 'Reverse'] as const) {
    if (order.toLowerCase() === known.toLowerCase()) return known;
  }
  strategy?.fault('deletionOrder', `"${order}" is no order`, 'Use AllAtOnce or Reverse.');
  return 'AllAtOnce';
}

function readStep(reader: FieldReader): RolloutStep {
  reader.onlyFields(['matchExpressions', 'maxUpdate']);
  const match = reader.objects('matchExpressions').flatMap(readExpression);
  const maxUpdate = reader.fields['maxUpdate'];
  if (maxUpdate === undefined || maxUpdate === null) return { match };
  if (typeof maxUpdate === 'number' && Number.isSafeInteger(maxUpdate) && maxUpdate >= 0) return { match, maxUpdate };
  const percent = typeof maxUpdate === 'string' ? /^(\d{1,6})%$/.exec(maxUpdate)?.[1] : undefined;
  if (percent !== undefined) return { match, maxUpdate: `${Number(percent)}%` };
  reader.fault('maxUpdate', 'must be a number of Applications or a percentage', 'Write 2 or 25%.');
  return { match };
}

function readExpression(reader: FieldReader): Requirement[] {
  reader.onlyFields(['key', 'operator', 'values']);
  const operator = reader.text('operator') ?? '';
  if (operator !== 'In' && operator !== 'NotIn') {
    reader.fault('operator', `"${operator}" is not for steps`, 'Use In or NotIn.');
    return [];
  }
  try {
    const expression = { key: reader.text('key') ?? '', operator, values: reader.texts('values') };
    return requirementsOf({ matchExpressions: [expression] });
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    reader.fault('', error.message);
    return [];
  }
}
