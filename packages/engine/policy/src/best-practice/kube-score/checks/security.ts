import type { Field } from '../../object/field.ts';
import { containersOf } from '../../object/pod-template.ts';
import { type Check, type Comment, defineCheck, grades, onContainer, outcomeOf } from '../check.ts';

/** kube-score's bound for ids that no account of the node has. */
const FIRST_HIGH_ID = 10_000;

// Texts of this file that kube-score's own tests hold: tools compare them.
const noContext = {
  summary: 'Container has no configured security context',
  description: 'Set securityContext to run the container in a more secure context.',
};

function withoutContext(container: Field): Comment {
  return onContainer(container, container.at('securityContext'), noContext.summary, noContext.description);
}

function hasContext(container: Field, spec: Field): boolean {
  return container.at('securityContext').isSet || spec.at('securityContext').isSet;
}

const userGroupId = defineCheck({
  name: 'Container Security Context User Group ID',
  target: 'Pod',
  severity: 'medium',
  why: 'A low id may be the id of an account of the node: what breaks out of the container has its rights.',
  fix: 'Set securityContext.runAsUser and runAsGroup to 10000 or more, on the pod or the container.',
  run: (_context, { spec }) =>
    outcomeOf(
      grades.critical,
      containersOf(spec).flatMap((container) =>
        hasContext(container, spec) ? lowIds(container, spec) : [withoutContext(container)],
      ),
    ),
});

function lowIds(container: Field, spec: Field): Comment[] {
  const low = (key: 'runAsUser' | 'runAsGroup'): Field | undefined => {
    const own = container.at('securityContext', key);
    const id = own.number ?? spec.at('securityContext', key).number;
    return id === undefined || id < FIRST_HIGH_ID ? own : undefined;
  };
  const user = low('runAsUser');
  const group = low('runAsGroup');
  const comments: Comment[] = [];
  if (user !== undefined) {
    comments.push(
      onContainer(
        container,
        user,
        'The container is running with a low user ID',
        'A userid above 10 000 is recommended to avoid conflicts with the host. Set securityContext.runAsUser to a value > 10000',
      ),
    );
  }
  if (group !== undefined) {
    comments.push(
      onContainer(
        container,
        group,
        'The container running with a low group ID',
        'A groupid above 10 000 is recommended to avoid conflicts with the host. Set securityContext.runAsGroup to a value > 10000',
      ),
    );
  }
  return comments;
}

const privileged = defineCheck({
  name: 'Container Security Context Privileged',
  target: 'Pod',
  severity: 'critical',
  why: 'A privileged container is root on the node: nothing that the cluster enforces holds it.',
  fix: 'Remove securityContext.privileged and add the capabilities that are needed, one by one.',
  run: (_context, { spec }) =>
    outcomeOf(
      grades.critical,
      containersOf(spec)
        .map((container) => [container, container.at('securityContext', 'privileged')] as const)
        .filter(([, field]) => field.isTrue)
        .map(([container, field]) =>
          onContainer(container, field, 'The container is privileged', 'Set securityContext.privileged to false.'),
        ),
    ),
});

const readOnlyRoot = defineCheck({
  name: 'Container Security Context ReadOnlyRootFilesystem',
  target: 'Pod',
  severity: 'medium',
  why: 'On a writable root filesystem an intruder can leave tools and change the program that runs next.',
  fix: 'Set securityContext.readOnlyRootFilesystem: true and mount an emptyDir where the program writes.',
  run: (_context, { spec }) =>
    outcomeOf(
      grades.critical,
      containersOf(spec).flatMap((container) => {
        if (!hasContext(container, spec)) return [withoutContext(container)];
        const field = container.at('securityContext', 'readOnlyRootFilesystem');
        if (field.isTrue) return [];
        return [
          onContainer(
            container,
            field,
            'The pod has a container with a writable root filesystem',
            'Set securityContext.readOnlyRootFilesystem to true',
          ),
        ];
      }),
    ),
});

const seccompAnnotations = [
  'seccomp.security.alpha.kubernetes.io/defaultProfileName',
  'seccomp.security.alpha.kubernetes.io/pod',
];

const seccomp = defineCheck({
  name: 'Container Seccomp Profile',
  target: 'Pod',
  optional: true,
  severity: 'medium',
  why: 'Without a seccomp profile every system call of the kernel is within reach.',
  fix: 'Set securityContext.seccompProfile.type: RuntimeDefault on the pod.',
  run: (_context, { metadata, spec }) => {
    const annotations = metadata.at('annotations');
    if (seccompAnnotations.some((key) => annotations.at(key).isSet)) return outcomeOf(grades.warning, []);
    if (spec.at('securityContext', 'seccompProfile').isSet) return outcomeOf(grades.warning, []);
    return outcomeOf(
      grades.warning,
      spec
        .at('containers')
        .items()
        .map((container) => [container, container.at('securityContext', 'seccompProfile')] as const)
        .filter(([, field]) => !field.isSet)
        .map(([container, field]) =>
          onContainer(container, field, 'The container has no seccomp profile', 'Set it on the pod or the container.'),
        ),
    );
  },
});

export const securityChecks: readonly Check[] = [userGroupId, privileged, readOnlyRoot, seccomp];
