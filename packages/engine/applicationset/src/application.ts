import { messageOf, parseYamlDocuments } from '@sekisho/base';
import { isMap } from '@sekisho/gotemplate';
import { applyStrategicMergePatch, type KubeObject, objectMetaSchema, type Schema } from '@sekisho/kube';
import { RESOURCES_FINALIZER } from '@sekisho/sync';
import type { ApplicationSet, Parameters } from './spec/application-set.ts';
import { RenderError, type Renderer } from './template/renderer.ts';

export const APPLICATION = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' } as const;

/** Only metadata has lists that are merged. */
const schema: Schema = { type: 'object', properties: { metadata: objectMetaSchema() }, preserveUnknownFields: true };

/**
 * The Application that a template means with these parameters.
 *
 * @param template `metadata` and `spec`
 * @throws RenderError
 */
export function renderApplication(
  { namespace, spec }: ApplicationSet,
  template: Parameters,
  params: Parameters,
  renderer: Renderer,
): KubeObject {
  const rendered = renderTemplate(template, params, renderer);
  const withFinalizer = spec.preserveResourcesOnDeletion ? rendered : addFinalizer(rendered);
  const patched =
    spec.templatePatch === undefined ? withFinalizer : applyPatch(withFinalizer, spec.templatePatch, params, renderer);
  // A set never makes Applications in other namespaces than its own: its own is what bounds its rights.
  return { ...patched, metadata: { ...patched.metadata, ...(namespace === '' ? {} : { namespace }) } };
}

function renderTemplate(template: Parameters, params: Parameters, renderer: Renderer): KubeObject {
  const { metadata, spec } = at('spec.template', () => renderer.deep(template, params) as Parameters);
  const { name = '', labels, annotations, finalizers } = isMap(metadata) ? metadata : {};
  const project = isMap(spec) && spec['project'] !== '' ? spec['project'] : undefined;
  return {
    ...APPLICATION,
    metadata: {
      name: String(name),
      ...(isFilled(labels) ? { labels: labels as Record<string, string> } : {}),
      ...(isFilled(annotations) ? { annotations: annotations as Record<string, string> } : {}),
      ...(isFilled(finalizers) ? { finalizers: finalizers as string[] } : {}),
    },
    spec: { ...(isMap(spec) ? spec : {}), project: project ?? 'default' },
  };
}

function addFinalizer(application: KubeObject): KubeObject {
  if (application.metadata.finalizers !== undefined) return application;
  return { ...application, metadata: { ...application.metadata, finalizers: [RESOURCES_FINALIZER] } };
}

function applyPatch(application: KubeObject, text: string, params: Parameters, renderer: Renderer): KubeObject {
  const rendered = at('spec.templatePatch', () => renderer.text(text, params));
  const { documents, diagnostics } = parseYamlDocuments(rendered, {
    file: 'templatePatch',
    duplicateKeys: 'warning',
    maxDocuments: 1,
  });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const { line = 1, column = 1 } = fault.origin ?? {};
    throw new RenderError(`invalid templatePatch: ${line}:${column} of the rendered text: ${fault.message}`, [
      'spec.templatePatch',
    ]);
  }
  const patch = documents[0]?.value;
  if (patch === undefined || patch === null) return application;
  try {
    const patched = applyStrategicMergePatch(schema, application, patch) as KubeObject;
    const { project } = application['spec'] as Parameters;
    if (!isMap(patched.metadata) || !isMap(patched['spec'])) throw new Error('it takes metadata or spec away');
    // A patch with parameters from outside must not move an Application into another project.
    return { ...patched, ...APPLICATION, spec: { ...patched['spec'], project } };
  } catch (error) {
    throw new RenderError(`error while applying templatePatch: ${messageOf(error)}`, ['spec.templatePatch']);
  }
}

/** The error with the place of the text, from the set. */
function at<T>(place: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    throw new RenderError(error.message, [place, ...error.path]);
  }
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
