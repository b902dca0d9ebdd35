import type { Origin } from '@sekisho/base';
import type { PolicyObject } from '../../verdict.ts';
import type { CheckInfo } from '../kube-score/check.ts';
import type { ScoredObject } from '../kube-score/score.ts';
import { gradeWord } from './scored.ts';

const SCHEMA = 'https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json';

/** Where a field is written, or the object when it is not known. */
export type LocateField = (subject: PolicyObject, field: string) => Origin | undefined;

const originOf: LocateField = ({ origin }) => origin;

/** SARIF 2.1.0: what is not right, each with its file and line. */
export function writeSarif(scores: readonly ScoredObject[], locate: LocateField = originOf): string {
  const rules: CheckInfo[] = [];
  const results = scores.flatMap((scored) =>
    scored.results.flatMap((result) => {
      const word = gradeWord(result);
      if (word !== 'CRITICAL' && word !== 'WARNING') return [];
      if (!rules.includes(result.check)) rules.push(result.check);
      return result.comments.map(({ path, summary, description, field }) => ({
        ruleId: result.check.id,
        ruleIndex: rules.indexOf(result.check),
        level: word === 'CRITICAL' ? 'error' : 'warning',
        message: { text: [path === '' ? summary : `${path}: ${summary}`, description].filter(Boolean).join('. ') },
        locations: [locationOf(scored, field, locate)],
      }));
    }),
  );
  const driver = { name: 'sekisho score', rules: rules.map(ruleOf) };
  return `${JSON.stringify({ version: '2.1.0', $schema: SCHEMA, runs: [{ tool: { driver }, results }] }, null, 4)}\n`;
}

function ruleOf({ id, name, why, fix }: CheckInfo): unknown {
  return { id, name, shortDescription: { text: name }, fullDescription: { text: why }, help: { text: fix } };
}

function locationOf({ subject }: ScoredObject, field: string | undefined, locate: LocateField): unknown {
  const { kind, metadata } = subject.object;
  const place = field === undefined || field === '' ? '' : `: ${field}`;
  const logicalLocations = [{ fullyQualifiedName: `${kind}/${metadata?.name ?? ''}${place}` }];
  const origin = locate(subject, field ?? '');
  if (origin === undefined) return { logicalLocations };
  const { file, line, column } = origin;
  const start = column === undefined ? {} : { startColumn: column };
  const region = line === undefined ? {} : { region: { startLine: line, ...start } };
  return { physicalLocation: { artifactLocation: { uri: encodeURI(file) }, ...region }, logicalLocations };
}
