import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { PolicyDetail } from '../../api/gates.ts';
import type { KubeObject } from '../../api/types.ts';
import { Excerpt } from '../../components/gates/Excerpt.tsx';
import { toYaml } from '../../format/yaml.ts';

interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** The text that it is made of, object by object or file by file. */
export function Source({ policy }: { policy: PolicyDetail }) {
  const search = useSearch({ from: '/policies/$' });
  const navigate = useNavigate({ from: '/policies/$' });
  const files = filesOf(policy);
  const shown = files.find(({ name }) => name === search.file) ?? files[0];
  if (shown === undefined) {
    return <p className="sk-muted">It is built in: there is no text of it but its description.</p>;
  }
  return (
    <>
      {files.length === 1 ? null : (
        <Tabs
          activeKey={shown.name}
          onSelect={(_event, key) =>
            void navigate({ search: (before) => ({ ...before, file: String(key) }), replace: true })
          }
          aria-label="Files of the policy"
          className="sk-page-title"
        >
          {files.map(({ name }) => (
            <Tab key={name} eventKey={name} tabContentId="policy-source" title={<TabTitleText>{name}</TabTitleText>} />
          ))}
        </Tabs>
      )}
      <div id="policy-source">
        <Excerpt
          excerpt={{ from: 1, lines: shown.text.replace(/\n$/, '').split('\n') }}
          line={policy.policy.origin?.file === shown.name ? policy.policy.origin.line : undefined}
          label={shown.name}
        />
      </div>
    </>
  );
}

function filesOf({ files = [], documents = [] }: PolicyDetail): SourceFile[] {
  return [
    ...files.map(({ path, text }) => ({ name: path, text })),
    ...documents.map((document) => {
      const { kind, metadata, status: _status, ...rest } = document as KubeObject;
      const { apiVersion, ...spec } = rest;
      return {
        name: `${kind} ${metadata.name}`,
        text: toYaml({ apiVersion, kind, metadata: withoutMachinery(metadata), ...spec }),
      };
    }),
  ];
}

/** What a person wrote of it. */
function withoutMachinery(metadata: KubeObject['metadata']): Record<string, unknown> {
  const { name, namespace, labels, annotations = {} } = metadata;
  const own = Object.entries(annotations).filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration');
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(own.length === 0 ? {} : { annotations: Object.fromEntries(own) }),
  };
}
