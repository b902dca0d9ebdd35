import { formatDiagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { parseApplication } from '../applications/application.ts';
import { asRecord } from '../applications/as-record.ts';
import type { DestinationRef, Destinations } from '../applications/destinations.ts';
import type { ProjectRules } from '../projects/project-rules.ts';

/** What an Application must meet before a set makes or changes it. */
export interface EntryRules {
  /** What is wrong with it: its shape, its destination, the rules of its project. */
  fault(application: KubeObject): string | undefined;
  hasDestination(application: KubeObject): boolean;
}

export function createEntryRules(options: {
  projects: Pick<ProjectRules, 'check'>;
  destinations: Pick<Destinations, 'identify'>;
  controlNamespace: string;
}): EntryRules {
  const { projects, destinations, controlNamespace } = options;

  function isKnown(ref: DestinationRef): boolean {
    // Whoever is not known is given back as it was named.
    const { server, name } = destinations.identify(ref);
    return server !== undefined && name !== undefined;
  }

  return {
    fault(object) {
      const parsed = parseApplication(object, controlNamespace);
      if (!('application' in parsed)) return parsed.diagnostics.map(formatDiagnostic).join('; ');
      const { destination } = parsed.application.spec;
      if (!isKnown(destination)) {
        const { name, server } = destination;
        const which = name === undefined ? `the address ${server ?? ''}` : `this name: ${name}`;
        return `application destination spec is invalid: there are no clusters with ${which}`;
      }
      const broken = projects.check(parsed.application);
      return broken.length === 0 ? undefined : broken.map(({ message }) => message).join('; ');
    },
    hasDestination: (object) => isKnown(asRecord(asRecord(object['spec'])['destination']) as DestinationRef),
  };
}
