import { pathMatcher } from '../chart/path-match.ts';
import { ChartFault } from '../fault.ts';
import type { CrdFile } from './crds.ts';
import { type Manifest, splitManifests } from './manifests.ts';

export interface ReleaseParts {
  readonly crds: readonly CrdFile[];
  readonly resources: readonly Manifest[];
  readonly hooks: readonly Manifest[];
  /** Paths in the chart; undefined: all. */
  readonly showOnly?: readonly string[] | undefined;
}

/** What `helm template` prints. @throws ChartFault CHART_TEMPLATE_NOT_FOUND when nothing comes from a path of `showOnly` */
export function printRelease({ crds, resources, hooks, showOnly = [] }: ReleaseParts): string {
  const parts = [...crds, ...resources].map(({ source, text }) => printed(source, text));
  const text = `${parts.join('').trim()}\n${hooks.map(({ source, text }) => printed(source, text)).join('')}`;
  return showOnly.length === 0 ? text : selected(text, showOnly);
}

function printed(source: string, text: string): string {
  return `---\n# Source: ${source}\n${text}\n`;
}

/** Helm takes the printed text apart again; a document that lost its `# Source:` is lost. */
function selected(text: string, paths: readonly string[]): string {
  const manifests = splitManifests(text).flatMap(({ text: manifest }) => {
    const source = /# Source: [^/]+\/(.+)/.exec(manifest)?.[1];
    return source === undefined ? [] : [{ source, manifest }];
  });
  const shown: string[] = [];
  for (const path of paths) {
    const matches = pathMatcher(path);
    const found = manifests.filter(({ source }) => matches?.(source) === true);
    if (found.length === 0) {
      throw new ChartFault('CHART_TEMPLATE_NOT_FOUND', `could not find template ${path} in chart`, { file: path });
    }
    shown.push(...found.map(({ manifest }) => `---\n${manifest}\n`));
  }
  return shown.join('');
}
