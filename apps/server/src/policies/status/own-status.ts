import { errorText, type Status, type StatusInput } from './entry.ts';

/** When the time of this change is not known yet: whoever writes the status fills it in. */
function condition(type: string, status: boolean, reason: string, message: string, generation: number) {
  return { type, status: status ? 'True' : 'False', reason, message, observedGeneration: generation };
}

export function profileStatus({ object, faults }: StatusInput): Status {
  const { generation = 1 } = object.metadata;
  const error = errorText(faults);
  return {
    observedGeneration: generation,
    conditions: [
      condition('Ready', error === undefined, error === undefined ? 'Compiled' : 'Invalid', error ?? '', generation),
    ],
  };
}

export function securityPolicyStatus({ faults }: StatusInput): Status {
  const error = errorText(faults);
  return { accepted: error === undefined, message: error ?? '' };
}

export function policySourceStatus({ object, faults, source, policies = 0 }: StatusInput): Status {
  const { generation = 1 } = object.metadata;
  const found = source?.found;
  return {
    observedGeneration: generation,
    revision: found?.revision ?? null,
    files: found?.files.length ?? 0,
    policies,
    fetchedAt: found?.fetchedAt ?? null,
    conditions: [sourceCondition()],
  };

  function sourceCondition() {
    const error = errorText(faults);
    if (error !== undefined) return condition('Ready', false, 'Invalid', error, generation);
    if (source?.trouble !== undefined) {
      const kept =
        found === undefined
          ? `until it answers, everything that it is about is ${FOLLOWS[source.spec.bundle.action ?? 'deny']}`
          : `the files of ${found.revision.slice(0, 12)} count on`;
      return condition('Ready', false, 'Unreachable', `${source.trouble} (${kept})`, generation);
    }
    return found === undefined
      ? condition('Ready', false, 'Fetching', 'The files are being fetched.', generation)
      : condition('Ready', true, 'Fetched', '', generation);
  }
}

const FOLLOWS = { deny: 'denied', warn: 'warned of', dryrun: 'noted' } as const;

export function waiverStatus({ object, faults, expires, now }: StatusInput): Status {
  const { generation = 1 } = object.metadata;
  const error = errorText(faults);
  const [state, reason, message] =
    error !== undefined || expires === undefined
      ? (['Invalid', 'Invalid', error ?? 'It can not be read.'] as const)
      : expires <= now
        ? (['Expired', 'Expired', `It ended at ${new Date(expires).toISOString()}.`] as const)
        : (['Active', 'Counts', `It counts until ${new Date(expires).toISOString()}.`] as const);
  return {
    observedGeneration: generation,
    state,
    conditions: [condition('Active', state === 'Active', reason, message, generation)],
  };
}
