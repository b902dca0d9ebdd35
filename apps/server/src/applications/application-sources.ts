import type { Diagnostic } from '@sekisho/base';
import { type ApplicationSource, isReferenceOnly } from './application-source.ts';

interface SourceFields {
  readonly source?: ApplicationSource | undefined;
  readonly sources?: readonly ApplicationSource[] | undefined;
}

/** As in Argo CD, `spec.sources` wins when both are there; an empty list counts as none. */
export function hasSeveralSources({ sources }: SourceFields): boolean {
  return sources !== undefined && sources.length > 0;
}

export function sourcesOf(spec: SourceFields): readonly ApplicationSource[] {
  if (spec.sources !== undefined && spec.sources.length > 0) return spec.sources;
  return spec.source === undefined ? [] : [spec.source];
}

const NAME = /^[a-zA-Z0-9_-]+$/;

/** What is wrong with the sources of an Application, or not rendered by this version; all at once. */
export function checkSources(spec: SourceFields, file: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const several = hasSeveralSources(spec);
  const fault = (code: 'APPLICATION_INVALID' | 'APPLICATION_UNSUPPORTED', message: string, hint?: string) => {
    diagnostics.push({ code, severity: 'error', message, origin: { file }, ...(hint === undefined ? {} : { hint }) });
  };
  const sources = sourcesOf(spec);
  if (sources.length === 0) fault('APPLICATION_INVALID', 'spec.source is missing.');
  const refs = new Set<string>();
  for (const [index, source] of sources.entries()) {
    const path = several ? `spec.sources[${index}]` : 'spec.source';
    const { ref } = source;
    if (ref !== undefined) {
      if (!several) fault('APPLICATION_INVALID', `${path}.ref needs spec.sources: no other source could use it.`);
      if (!NAME.test(ref)) {
        fault(
          'APPLICATION_INVALID',
          `${path}.ref ${JSON.stringify(ref)} has characters other than letters, digits, _ and -.`,
        );
      }
      if (refs.has(ref)) fault('APPLICATION_INVALID', `${path}.ref ${ref} is the name of an earlier source, too.`);
      if (source.chart !== undefined) fault('APPLICATION_INVALID', `${path} has both ref and chart.`);
      refs.add(ref);
    }
    const hint = 'Use folders of plain manifests: repoURL, path and targetRevision.';
    for (const message of unsupported(source, path)) fault('APPLICATION_UNSUPPORTED', message, hint);
    if (usesReference(source)) {
      const message = `${path} takes values from another source ($name/file); these come with Helm.`;
      fault('APPLICATION_UNSUPPORTED', message, hint);
    }
  }
  if (several && sources.every(isReferenceOnly)) {
    fault('APPLICATION_INVALID', 'spec.sources has no source with manifests: each one has a ref and no path.');
  }
  return diagnostics;
}

/** What this version would render wrongly, or not at all. */
function unsupported(source: ApplicationSource, path: string): string[] {
  const tools = (['chart', 'helm', 'kustomize', 'plugin'] as const).filter((tool) => source[tool] !== undefined);
  const messages = tools.map((tool) => `${path}.${tool} is not supported yet.`);
  if (source.directory?.jsonnet !== undefined) messages.push(`${path}.directory.jsonnet is not supported.`);
  return messages;
}

/** Whether Helm values of this source lie in another one: `$name/path`. */
function usesReference(source: ApplicationSource): boolean {
  const { valueFiles, fileParameters } = (source.helm ?? {}) as { valueFiles?: unknown; fileParameters?: unknown };
  return /"\$[a-zA-Z0-9_-]+\//.test(JSON.stringify([valueFiles, fileParameters]) ?? '');
}
