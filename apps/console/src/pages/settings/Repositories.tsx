import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { listRepositories } from '../../api/operations.ts';
import { Command } from '../../components/Copy.tsx';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';

const ADD = 'sekisho repo add https://git.example.com/team/config.git --username NAME --password-stdin';

export function Repositories() {
  const repositories = useQuery({ queryKey: ['repositories'], queryFn: ({ signal }) => listRepositories(signal) });
  if (repositories.isPending) return <Loading what="repositories" />;
  if (repositories.isError)
    return <Failure error={repositories.error} what="The repositories" retry={() => void repositories.refetch()} />;
  if (repositories.data.length === 0) {
    return (
      <Empty title="No repositories" command={ADD}>
        Public ones need no entry: an application's address is enough.
      </Empty>
    );
  }
  return (
    <>
      <Table variant="compact" aria-label="Repositories">
        <Thead>
          <Tr>
            <Th>Address</Th>
            <Th>Where</Th>
            <Th screenReaderText="Applications" />
          </Tr>
        </Thead>
        <Tbody>
          {repositories.data.map(({ url, type }) => (
            <Tr key={url}>
              <Td dataLabel="Address">
                <code className="sk-mono">{url}</code>
              </Td>
              <Td dataLabel="Where">{type === 'embedded' ? 'served by this server' : 'remote'}</Td>
              <Td>
                <Link to="/applications" search={{ repo: [url] }}>
                  Applications
                </Link>
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      <p className="sk-hint">Add one, with its credentials kept as a Secret:</p>
      <Command>{ADD}</Command>
    </>
  );
}
