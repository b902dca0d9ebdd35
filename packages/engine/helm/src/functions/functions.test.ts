import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemplateSet } from '@sekisho/gotemplate';
import { helmPath } from '@sekisho/testkit';
import { describe, expect, it } from 'vitest';
import { createFunctions } from './index.ts';

/**
 * Templates of each family with what Helm 4 itself answers: the text, or what its error says behind the place. New templates
 * are added with an empty answer (`[["{{ upper \"a\" }}"]]`) and asked of the real Helm by `SEKISHO_ASK_HELM=1 npx vitest run …`.
 */
type Case = readonly [template: string, text: string] | readonly [template: string, text: null, error: string];

const FOLDER = new URL('../../testdata/functions/', import.meta.url).pathname;
const CHART = 'apiVersion: v2\nname: c\nversion: 0.1.0\n';

/** What an error says, without the places that lead to it. */
function errorOf(message: string): string {
  const text = message.replace(/^Error: /, '').replace(/\n+Use --debug[\s\S]*$/, '');
  const place = Math.max(text.lastIndexOf('>: ') + 3, text.lastIndexOf('>:\n') + 3);
  return (place > 2 ? text.slice(place) : text)
    .replace(/^(?:execution error at \([^)]*\)|error calling (?:fail|required)): /, '')
    .trim();
}

function ask(helm: string, template: string): Case {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-helm-'));
  try {
    mkdirSync(join(folder, 'templates'));
    writeFileSync(join(folder, 'Chart.yaml'), CHART);
    const body = `{{- define "case" }}${template}{{ end }}\nr: {{ include "case" . | toJson }}\n`;
    writeFileSync(join(folder, 'templates', 'a.yaml'), body);
    const text = execFileSync(helm, ['template', 'r', folder], { encoding: 'utf8', stdio: 'pipe', timeout: 10_000 });
    return [template, JSON.parse(/^r: (.*)$/m.exec(text)?.[1] ?? 'null') as string];
  } catch (error) {
    return [template, null, errorOf((error as { stderr?: string }).stderr ?? String(error))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let seed = 0;
function nextByte(): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed >> 16;
}
const functions = createFunctions({
  now: () => 1_700_000_000_000_000_000n,
  random: (count) => Uint8Array.from({ length: count }, nextByte),
});

function run(template: string): Case {
  const set = createTemplateSet({ functions });
  const [fault] = set.add('case', template);
  const result = fault === undefined ? set.render('case', {}) : { diagnostics: [fault] };
  if ('text' in result) return [template, result.text];
  return [template, null, errorOf(result.diagnostics[0]?.message ?? '')];
}

describe('createFunctions gives what Helm gives', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
    const cases = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Case[];
    if (process.env.SEKISHO_ASK_HELM !== undefined) {
      it(`asks Helm about ${file}`, { timeout: 600_000 }, async () => {
        const helm = await helmPath();
        const answers = cases.map((known) => (known.length > 1 ? known : ask(helm, known[0])));
        writeFileSync(
          join(FOLDER, file),
          `[\n${answers.map((answer) => `  ${JSON.stringify(answer)}`).join(',\n')}\n]\n`,
        );
      });
      continue;
    }
    it.each(cases.map((known) => ({ template: known[0], known })))(
      `${file}: $template`,
      { timeout: 60_000 },
      ({ template, known }) => {
        expect(run(template)).toEqual(known);
      },
    );
  }
});
