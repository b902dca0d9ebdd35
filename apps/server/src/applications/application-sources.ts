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

const TOOLS = ['directory', 'kustomize', 'helm'] as const;
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
    const hint = 'Use plain manifests, a kustomization or a chart.';
    for (const message of unsupported(source, path)) fault('APPLICATION_UNSUPPORTED', message, hint);
    const tools = TOOLS.filter((tool) => source[tool] !== undefined);
    if (tools.length > 1) fault('APPLICATION_INVALID', `${path} has options of several tools: ${tools.join(', ')}.`);
    if (source.chart !== undefined && source.path !== undefined) {
      fault(
        'APPLICATION_INVALID',
        `${path} has both chart and path.`,
        'A chart of a repository of charts has no path.',
      );
    }
    if (source.chart !== undefined && tools.some((tool) => tool !== 'helm')) {
      fault('APPLICATION_INVALID', `${path} has a chart, and options of ${tools.join(', ')}.`);
    }
  }
  if (several && sources.every(isReferenceOnly)) {
    fault('APPLICATION_INVALID', 'spec.sources has no source with manifests: each one has a ref and no path.');
  }
  return diagnostics;
}

/** What this version would render wrongly, or not at all. */
function unsupported(source: ApplicationSource, path: string): string[] {
  const messages = source.plugin === undefined ? [] : [`${path}.plugin is not supported.`];
  if (source.directory?.jsonnet !== undefined) messages.push(`${path}.directory.jsonnet is not supported.`);
  return messages;
}
