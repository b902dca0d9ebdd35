import {
  Card,
  CardBody,
  CardTitle,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { ApplicationDetail, ApplicationSource } from '../../api/types.ts';
import { Yaml } from '../../components/Yaml.tsx';

const KNOWN = new Set(['repoURL', 'path', 'targetRevision', 'chart', 'ref', 'name']);

/** Where its manifests come from and with which parameters, and how it is synced. */
export function Sources({ detail: { application } }: { detail: ApplicationDetail }) {
  const { spec = {} } = application;
  const sources = spec.sources ?? (spec.source === undefined ? [] : [spec.source]);
  const links = (spec.info ?? []).filter(({ value }) => /^https?:\/\//.test(value));
  const others = (spec.info ?? []).filter(({ value }) => !/^https?:\/\//.test(value));
  return (
    <div className="sk-padded sk-cards">
      {sources.map((source, i) => (
        <Source
          key={`${source.repoURL}/${source.path ?? source.chart ?? ''}/${source.ref ?? ''}`}
          source={source}
          title={sources.length === 1 ? 'Source' : `Source ${i + 1}`}
        />
      ))}
      <Section title="Sync policy">
        <Yaml value={spec.syncPolicy ?? { automated: false }} label="Sync policy" />
      </Section>
      {spec.ignoreDifferences === undefined ? null : (
        <Section title="Ignored differences">
          <Yaml value={spec.ignoreDifferences} label="Ignored differences" />
        </Section>
      )}
      {links.length + others.length === 0 ? null : (
        <Section title="Links and notes">
          <ul className="sk-list">
            {links.map(({ name, value }) => (
              <li key={name}>
                <a href={value} rel="noreferrer" target="_blank">
                  {name}
                </a>
              </li>
            ))}
            {others.map(({ name, value }) => (
              <li key={name}>
                {name}: {value}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {application.metadata.annotations === undefined ? null : (
        <Section title="Annotations">
          <Yaml value={application.metadata.annotations} label="Annotations" />
        </Section>
      )}
    </div>
  );
}

function Source({ source, title }: { source: ApplicationSource; title: string }) {
  const parameters = Object.fromEntries(Object.entries(source).filter(([key]) => !KNOWN.has(key)));
  const facts: [string, ReactNode][] = [
    ['Repository', source.repoURL],
    [source.chart === undefined ? 'Path' : 'Chart', source.chart ?? source.path ?? '.'],
    ['Target revision', source.targetRevision ?? 'HEAD'],
    ...(source.ref === undefined ? [] : ([['Referred to as', `$${source.ref}`]] as [string, ReactNode][])),
  ];
  return (
    <Section title={title}>
      <DescriptionList isHorizontal isCompact>
        {facts.map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
      {Object.keys(parameters).length === 0 ? null : (
        <>
          <h3 className="sk-subtitle">Parameters</h3>
          <Yaml value={parameters} label="Parameters" />
        </>
      )}
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card isCompact component="section">
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
