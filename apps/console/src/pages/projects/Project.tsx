import {
  Alert,
  Breadcrumb,
  BreadcrumbItem,
  Card,
  CardBody,
  CardTitle,
  PageSection,
  Title,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { getProject } from '../../api/operations.ts';
import { ApiError } from '../../api/request.ts';
import type { ProjectDetail, ProjectWindow } from '../../api/types.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { Time } from '../../components/Time.tsx';
import { Yaml } from '../../components/Yaml.tsx';

/** What one project allows: repositories, places, kinds, people, times. */
export function Project() {
  const { name } = useParams({ from: '/projects/$name' });
  const project = useQuery({ queryKey: ['projects', name], queryFn: ({ signal }) => getProject(name, signal) });
  return (
    <PageSection isFilled aria-label={`Project ${name}`}>
      <Breadcrumb aria-label="Where this is">
        <BreadcrumbItem>
          <Link to="/projects">Projects</Link>
        </BreadcrumbItem>
        <BreadcrumbItem isActive>{name}</BreadcrumbItem>
      </Breadcrumb>
      <div className="sk-title-line sk-page-title">
        <Title headingLevel="h1">{name}</Title>
        <Link to="/applications" search={{ project: [name] }}>
          Its applications
        </Link>
      </div>
      {project.isPending ? <Loading what={`project ${name}`} /> : null}
      {project.isError ? (
        project.error instanceof ApiError && project.error.status === 404 ? (
          <Empty title={`There is no project ${name}`} command={`sekisho proj create ${name}`}>
            Applications that name it are refused until there is one.
          </Empty>
        ) : (
          <Failure error={project.error} what={`Project ${name}`} retry={() => void project.refetch()} />
        )
      ) : null}
      {project.data === undefined ? null : <Rules detail={project.data} />}
    </PageSection>
  );
}

function Rules({ detail: { project, faults, windows } }: { detail: ProjectDetail }) {
  const { spec = {} } = project;
  const kinds = (list: readonly { group: string; kind: string }[] | undefined) =>
    (list ?? []).map(({ group, kind }) => `${group === '' ? 'core' : group} / ${kind}`);
  return (
    <>
      {faults.map(({ severity, message, hint }) => (
        <Alert key={message} variant={severity === 'error' ? 'danger' : 'warning'} isInline title={message}>
          {hint}
        </Alert>
      ))}
      {spec.description === undefined ? null : <p className="sk-page-title">{spec.description}</p>}
      <div className="sk-cards">
        <Rule title="Repositories" values={spec.sourceRepos} none="None: nothing can be deployed" />
        <Rule
          title="Destinations"
          values={(spec.destinations ?? []).map((to) => `${to.name ?? to.server ?? '*'} / ${to.namespace ?? '*'}`)}
          none="None: nothing can be deployed"
        />
        <Rule title="Kinds of the whole cluster" values={kinds(spec.clusterResourceWhitelist)} none="None" />
        <Rule
          title="Refused kinds"
          values={[...kinds(spec.namespaceResourceBlacklist), ...kinds(spec.clusterResourceBlacklist)]}
          none="None"
        />
        {spec.namespaceResourceWhitelist === undefined ? null : (
          <Rule title="Kinds in namespaces" values={kinds(spec.namespaceResourceWhitelist)} none="None" />
        )}
        <Rule title="Namespaces of applications" values={spec.sourceNamespaces} none="Only the control namespace" />
        <Panel title="Roles">
          {(spec.roles ?? []).length === 0 ? <p className="sk-muted">None</p> : null}
          {(spec.roles ?? []).map((role) => (
            <div key={role.name} className="sk-lines">
              <div>
                <strong>{role.name}</strong> <span className="sk-muted">{role.description}</span>
              </div>
              {(role.groups ?? []).length === 0 ? null : <div>Groups: {role.groups?.join(', ')}</div>}
              {(role.policies ?? []).map((policy) => (
                <code key={policy} className="sk-mono">
                  {policy}
                </code>
              ))}
            </div>
          ))}
        </Panel>
        <Windows windows={windows} />
        {spec.orphanedResources === undefined && spec.signatureKeys === undefined ? null : (
          <Panel title="More rules">
            <Yaml
              value={{ orphanedResources: spec.orphanedResources, signatureKeys: spec.signatureKeys }}
              label="More rules"
            />
          </Panel>
        )}
      </div>
    </>
  );
}

function Windows({ windows }: { windows: readonly ProjectWindow[] }) {
  return (
    <Panel title="Sync windows">
      {windows.length === 0 ? <p className="sk-muted">None: syncs are allowed at any time</p> : null}
      <div className="sk-lines">
        {windows.map(({ id, kind, schedule, duration, timeZone, description, manualSync, open, opens, changesAt }) => (
          <div key={id}>
            <strong>{kind}</strong> <code className="sk-mono">{schedule}</code> for {duration}{' '}
            <span className="sk-muted">
              {timeZone}
              {manualSync ? ' · syncs by hand are allowed' : ''}
              {description === '' ? '' : ` · ${description}`}
            </span>
            <div>
              {opens ? (open ? 'Open now' : 'Closed now') : 'Its schedule never comes'}
              {changesAt === undefined ? null : (
                <>
                  , changes <Time value={changesAt} />
                </>
              )}
            </div>
          </div>
        ))}
      </div>
    </Panel>
  );
}

function Rule({ title, values = [], none }: { title: string; values?: readonly string[] | undefined; none: string }) {
  return (
    <Panel title={title}>
      {values.length === 0 ? <p className="sk-muted">{none}</p> : null}
      <div className="sk-lines">
        {values.map((value) => (
          <code key={value} className="sk-mono">
            {value}
          </code>
        ))}
      </div>
    </Panel>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card isCompact component="section">
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
