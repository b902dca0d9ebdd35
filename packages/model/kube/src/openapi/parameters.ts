/** A parameter of an operation, before it is written in a dialect. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  in: 'query',
  type,
  description,
});
const path = (name: string, description: string): Parameter => ({ name, in: 'path', type: 'string', description });

export const nameParameter = (kind: string): Parameter => path('name', `name of the ${kind}`);
export const namespaceParameter = path('namespace', 'object name and auth scope, such as for teams and projects');
export const prettyParameter = query('pretty', 'string', "If 'true', the output is indented.");

const dryRun = query(
  'dryRun',
  'string',
  "When present, nothing is persisted. The only value is 'All': all stages run.",
);
const fieldManager = query(
  'fieldManager',
  'string',
  'Name of the actor that makes the change; at most 128 characters.',
);
const fieldValidation = query(
  'fieldValidation',
  'string',
  "What to do with unknown and duplicate fields: 'Ignore' drops them, 'Warn' (the default) warns, 'Strict' refuses.",
);
const force = query('force', 'boolean', 'Take fields over from other managers. Only for apply patches.');

export const writeParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation];
export const patchParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation, force];
export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds before the object is deleted; 0 means at once.'),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Delete an object even though it can not be read from storage.',
  ),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', "What happens to dependents: 'Orphan', 'Background' or 'Foreground'."),
];
export const listParameters: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Ask for events of type BOOKMARK.'),
  query('continue', 'string', 'The token of an earlier answer: give the next page.'),
  query('fieldSelector', 'string', 'Restrict the objects by their fields. Default: everything.'),
  query('labelSelector', 'string', 'Restrict the objects by their labels. Default: everything.'),
  query('limit', 'integer', 'How many objects to answer at most; the rest is had with continue.'),
  query('resourceVersion', 'string', 'Which resource versions an answer may be served from.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is applied to lists.'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with the objects that exist.'),
  query('timeoutSeconds', 'integer', 'End the call after this time.'),
  query('watch', 'boolean', 'Stream changes as add, update and remove events.'),
];

/** Parameters of the connecting subresources, by kind of their options. */
export const connectParameters: Readonly<Record<string, readonly Parameter[]>> = {
  PodLogOptions: [
    query('container', 'string', 'The container; default the only one of the pod.'),
    query('follow', 'boolean', 'Follow the log stream.'),
    query('insecureSkipTLSVerifyBackend', 'boolean', 'Do not verify the certificate of the node.'),
    query('limitBytes', 'integer', 'End after so many bytes.'),
    query('previous', 'boolean', 'Logs of the previous instance of the container.'),
    query('sinceSeconds', 'integer', 'Only lines younger than this.'),
    query('stream', 'string', "Which stream: 'All', 'Stdout' or 'Stderr'."),
    query('tailLines', 'integer', 'Only so many of the last lines.'),
    query('timestamps', 'boolean', 'Begin each line with its time.'),
  ],
  PodExecOptions: [
    query('command', 'string', 'The command and its arguments.'),
    query('container', 'string', 'The container; default the only one of the pod.'),
    query('stderr', 'boolean', 'Redirect standard error.'),
    query('stdin', 'boolean', 'Redirect standard input.'),
    query('stdout', 'boolean', 'Redirect standard output.'),
    query('tty', 'boolean', 'Allocate a terminal.'),
  ],
  PodAttachOptions: [
    query('container', 'string', 'The container; default the only one of the pod.'),
    query('stderr', 'boolean', 'Redirect standard error.'),
    query('stdin', 'boolean', 'Redirect standard input.'),
    query('stdout', 'boolean', 'Redirect standard output.'),
    query('tty', 'boolean', 'Allocate a terminal.'),
  ],
  PodPortForwardOptions: [query('ports', 'integer', 'The ports to forward.')],
  PodProxyOptions: [query('path', 'string', 'The path to proxy to.')],
  NodeProxyOptions: [query('path', 'string', 'The path to proxy to.')],
  ServiceProxyOptions: [query('path', 'string', 'The path to proxy to.')],
};
