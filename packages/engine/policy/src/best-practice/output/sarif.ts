import type { CheckInfo } from '../kube-score/check.ts';
import type { ScoredObject } from '../kube-score/score.ts';
import { gradeWord } from './scored.ts';

const SCHEMA = 'https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json';

/** SARIF 2.1.0: what is not right, each with its file and line. */
export function writeSarif(scores: readonly ScoredObject[]): string {
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
        locations: [locationOf(scored, field)],
      }));
    }),
  );
  const driver = { name: 'sekisho score', rules: rules.map(ruleOf) };
  return `${JSON.stringify({ version: '2.1.0', $schema: SCHEMA, runs: [{ tool: { driver }, results }] }, null, 4)}\n`;
}

function ruleOf({ id, name, why, fix }: CheckInfo): unknown {
  return { id, name, shortDescription: { text: name }, fullDescription: { text: why }, help: { text: fix } };
}

function locationOf({ subject: { object, origin } }: ScoredObject, field: string | undefined): unknown {
  const { name = '' } = object.metadata ?? {};
  const logical = {
    fullyQualifiedName: `${object.kind}/${name}${field === undefined || field === '' ? '' : `: ${field}`}`,
  };
  if (origin === undefined) return { logicalLocations: [logical] };
  const region = origin.line === undefined ? {} : { region: { startLine: origin.line } };
  return {
    physicalLocation: { artifactLocation: { uri: encodeURI(origin.file) }, ...region },
    logicalLocations: [logical],
  };
}
