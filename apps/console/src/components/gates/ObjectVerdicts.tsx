import { useQuery } from '@tanstack/react-query';
import type { SubjectRef } from '../../api/gates.ts';
import { getObjectVerdicts } from '../../api/policies.ts';
import { Failure, Loading } from '../Nothing.tsx';
import { objectKey } from './object-key.ts';
import { VerdictList } from './VerdictList.tsx';

/** What policies say of one object as it runs; read again when the audit finds something. */
export function useObjectVerdicts(object: SubjectRef) {
  return useQuery({
    queryKey: ['gates', 'object', objectKey(object)],
    queryFn: ({ signal }) => getObjectVerdicts(object, signal),
  });
}

/** @param manifest  when the audit does not know the object */
export function ObjectVerdicts({ object, manifest }: { object: SubjectRef; manifest?: unknown }) {
  const verdicts = useObjectVerdicts(object);
  if (verdicts.isPending) return <Loading what="verdicts" />;
  if (verdicts.data === undefined) {
    return <Failure error={verdicts.error} what="The verdicts" retry={() => void verdicts.refetch()} />;
  }
  const { items, pending = false, object: live } = verdicts.data;
  return (
    <>
      {pending ? <p className="sk-muted">It changed a moment ago; policies are being asked about it.</p> : null}
      {items.length === 0 && !pending ? <p className="sk-muted">No policy speaks against it.</p> : null}
      <VerdictList verdicts={items} manifest={live ?? manifest} />
    </>
  );
}
