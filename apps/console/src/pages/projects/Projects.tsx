import { PageSection, Title } from '@patternfly/react-core';
import FolderIcon from '@patternfly/react-icons/dist/esm/icons/folder-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { listProjects } from '../../api/operations.ts';
import type { ProjectRow } from '../../api/types.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { shortRepository } from '../../format/text.ts';

/** Who may deploy what to where. */
export function Projects() {
  const projects = useQuery({ queryKey: ['projects'], queryFn: ({ signal }) => listProjects(signal) });
  return (
    <PageSection isFilled aria-label="Projects">
      <Title headingLevel="h1" className="sk-page-title">
        Projects
      </Title>
      {projects.isPending ? <Loading what="projects" /> : null}
      {projects.isError ? (
        <Failure error={projects.error} what="The projects" retry={() => void projects.refetch()} />
      ) : null}
      {projects.data?.length === 0 ? (
        <Empty title="No projects" icon={FolderIcon} command="sekisho proj create NAME">
          A project says which repositories may be deployed to which places, and by whom.
        </Empty>
      ) : null}
      {projects.data === undefined || projects.data.length === 0 ? null : <ProjectTable projects={projects.data} />}
    </PageSection>
  );
}

function ProjectTable({ projects }: { projects: readonly ProjectRow[] }) {
  return (
    <Table variant="compact" aria-label="Projects">
      <Thead>
        <Tr>
          <Th>Name</Th>
          <Th>Repositories</Th>
          <Th>Destinations</Th>
          <Th>Roles</Th>
          <Th>Sync windows</Th>
          <Th>Applications</Th>
        </Tr>
      </Thead>
      <Tbody>
        {projects.map(
          ({ name, description, valid, faults, sourceRepos, destinations, roles, windows, applications }) => (
            <Tr key={name}>
              <Td dataLabel="Name">
                <Link to="/projects/$name" params={{ name }}>
                  <strong>{name}</strong>
                </Link>
                <div className="sk-cell-sub">
                  {valid ? description : `Permits nothing: ${faults[0]?.message ?? ''}`}
                </div>
              </Td>
              <Td dataLabel="Repositories">{shorten(sourceRepos.map(shortRepository))}</Td>
              <Td dataLabel="Destinations">
                {shorten(destinations.map((to) => `${to.name || to.server || '*'} / ${to.namespace || '*'}`))}
              </Td>
              <Td dataLabel="Roles">{roles.length}</Td>
              <Td dataLabel="Sync windows">{windows}</Td>
              <Td dataLabel="Applications">
                <Link to="/applications" search={{ project: [name] }}>
                  {applications.toLocaleString('en')}
                </Link>
              </Td>
            </Tr>
          ),
        )}
      </Tbody>
    </Table>
  );
}

const SHOWN = 2;

function shorten(values: readonly string[]): string {
  if (values.length === 0) return 'none';
  const rest = values.length - SHOWN;
  return values.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
