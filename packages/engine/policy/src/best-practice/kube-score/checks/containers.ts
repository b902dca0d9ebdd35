import type { Field } from '../../object/field.ts';
import { containersOf } from '../../object/pod-template.ts';
import { type Check, type Comment, defineCheck, grades, onContainer, outcomeOf } from '../check.ts';

/** What follows the last colon, as kube-score reads it: the port of a registry without a tag counts, a digest too. */
function tagOf(image: string): string {
  const colon = image.lastIndexOf(':');
  return colon < 0 ? '' : image.slice(colon + 1);
}

function isFloating(container: Field): boolean {
  const tag = tagOf(container.at('image').text ?? '');
  return tag === '' || tag === 'latest';
}

const imageTag = defineCheck({
  name: 'Container Image Tag',
  target: 'Pod',
  severity: 'high',
  why: 'A floating tag runs whatever was pushed last: nodes differ, and there is nothing to roll back to.',
  fix: 'Name a version, or better the digest: image: registry.example/app:1.4.2@sha256:…',
  run: (_context, pod) =>
    outcomeOf(
      grades.critical,
      containersOf(pod.spec)
        .filter(isFloating)
        .map((container) =>
          onContainer(
            container,
            container.at('image'),
            'The image has no tag, or the tag latest',
            'Name a fixed version so that nothing changes on its own.',
          ),
        ),
    ),
});

const pullPolicy = defineCheck({
  name: 'Container Image Pull Policy',
  target: 'Pod',
  severity: 'medium',
  why: 'An image that is on the node already runs without anybody asking whether the pod may pull it, or whether the tag moved.',
  fix: 'Set imagePullPolicy: Always.',
  run: (_context, pod) =>
    outcomeOf(
      grades.critical,
      containersOf(pod.spec)
        .filter((container) => {
          const policy = container.at('imagePullPolicy').text ?? '';
          return policy === '' ? !isFloating(container) : policy !== 'Always';
        })
        .map((container) =>
          onContainer(
            container,
            container.at('imagePullPolicy'),
            'The image is not always pulled',
            'Set imagePullPolicy to Always: credentials are then checked at each start.',
          ),
        ),
    ),
});

const MAX_PORT_NAME = 15;

const ports = defineCheck({
  name: 'Container Ports Check',
  target: 'Pod',
  optional: true,
  severity: 'medium',
  why: 'A port that is misnamed or missing is refused by the API server, or never reached by a Service.',
  fix: 'Give each port a containerPort and a name of its own, at most 15 characters long.',
  run: (_context, pod) => outcomeOf(grades.critical, containersOf(pod.spec).flatMap(portFaults)),
});

function portFaults(container: Field): Comment[] {
  const comments: Comment[] = [];
  const names = new Set<string>();
  for (const port of container.at('ports').items()) {
    const name = port.at('name').text ?? '';
    const say = (field: string, summary: string, description: string) =>
      comments.push(onContainer(container, port.at(field), summary, description));
    if (name !== '' && names.has(name)) {
      say('name', `Two ports are named ${name}`, 'Names of ports are unique in a container.');
    }
    if (name.length > MAX_PORT_NAME)
      say('name', `The port name ${name} is too long`, 'At most 15 characters are allowed.');
    if ((port.at('containerPort').number ?? 0) === 0)
      say('containerPort', 'A port has no number', 'Set containerPort.');
    names.add(name);
  }
  return comments;
}

const environment = defineCheck({
  name: 'Environment Variable Key Duplication',
  target: 'Pod',
  severity: 'medium',
  why: 'Of two variables with one name only the last counts, and which one that is changes when patches are merged.',
  fix: 'Keep one entry per name in env.',
  run: (_context, pod) => outcomeOf(grades.critical, containersOf(pod.spec).flatMap(repeatedVariables)),
});

function repeatedVariables(container: Field): Comment[] {
  const seen = new Set<string>();
  const comments: Comment[] = [];
  for (const variable of container.at('env').items()) {
    const name = variable.at('name').text;
    if (name === undefined) continue;
    if (seen.has(name)) {
      comments.push(
        onContainer(container, variable, `The variable ${name} is there twice`, 'Keep the entry that is meant.'),
      );
    }
    seen.add(name);
  }
  return comments;
}

export const containerChecks: readonly Check[] = [imageTag, pullPolicy, ports, environment];
