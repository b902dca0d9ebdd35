import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import { runHelm } from '@sekisho/testkit';
import { generateValues } from '../lib/generated-values.ts';
import { renderWithArguments } from '../lib/helm-arguments.ts';
import type { CaseResult, RunSuite } from '../suite.ts';

/** The charts are our own; what they give was recorded from Helm itself, and `--record` does so again. */
export const defaultCases = 'conformance/charts';

/**
 * Charts, each with cases (flags of `helm template`; `CHART=folder` names another chart than `chart`) and, beside it, what the
 * real Helm prints: manifests, then its error. `--real` asks Helm itself instead. A chart with values has cases with
 * generated ones besides: `generated-1` and so on. Names of folders leave out the others.
 */
export const run: RunSuite = async ({ casesDir, signal, args = [] }) => {
  const results: CaseResult[] = [];
  const records = args.includes('--record');
  const chosen = args.filter((word) => !word.startsWith('-'));
  const real = records || args.includes('--real') ? new RealHelm() : undefined;
  try {
    for (const { name } of foldersOf(casesDir)) {
      if (chosen.length > 0 && !chosen.includes(name)) continue;
      const folder = join(casesDir, name);
      for (const example of casesOf(folder)) {
        signal.throwIfAborted();
        const { id } = example;
        const golden = join(folder, 'golden', `${id}.txt`);
        const wanted = real === undefined ? readFileSync(golden, 'utf8') : await real.render(folder, example);
        if (records) {
          mkdirSync(join(folder, 'golden'), { recursive: true });
          writeFileSync(golden, wanted);
        }
        const reason = difference(wanted, await attempt(folder, example));
        results.push({
          id: `${name}/${id}`,
          passed: reason === undefined,
          ...(reason === undefined ? {} : { reason }),
        });
      }
    }
  } finally {
    real?.close();
  }
  return results;
};

interface Case {
  readonly id: string;
  /** Folder of the chart. */
  readonly chart: string;
  readonly flags: readonly string[];
  /** Text of a values file that comes before those of the flags. */
  readonly values?: string;
}

/** Renders with other values than a chart's own. */
const GENERATED = 4;

function casesOf(folder: string): Case[] {
  const written: Record<string, string[]> = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
  const cases = Object.entries(written).map(([id, words]): Case => {
    const chart = words.find((word) => word.startsWith('CHART='))?.slice('CHART='.length) ?? 'chart';
    return { id, chart, flags: words.filter((word) => !word.startsWith('CHART=')) };
  });
  const values = join(folder, 'chart/values.yaml');
  const base = existsSync(values)
    ? parseYamlDocuments(readFileSync(values, 'utf8'), { file: values }).documents[0]?.value
    : undefined;
  for (let number = 1; number <= GENERATED && base !== undefined; number++) {
    const generated = JSON.stringify(generateValues(base, number));
    cases.push({ id: `generated-${number}`, chart: 'chart', flags: [], values: generated });
  }
  return cases;
}

function foldersOf(path: string) {
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function attempt(folder: string, { chart, flags, values }: Case): Promise<string> {
  try {
    return await renderWithArguments(folder, chart, flags, values);
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Helm's own output is the same every time, except that Go walks a schema's properties in any order. */
function difference(wanted: string, got: string): string | undefined {
  if (wanted === got) return undefined;
  const named = (line: string) => (line.includes('additional properties') ? [...line].sort().join('') : line);
  const sorted = (text: string) => text.split('\n').map(named).sort().join('\n');
  if (wanted.startsWith("Error: values don't meet") && sorted(wanted) === sorted(got)) return undefined;
  const [wantedLines, gotLines] = [wanted.split('\n'), got.split('\n')];
  const at = wantedLines.findIndex((line, index) => line !== gotLines[index]);
  return `line ${at + 1}: wanted ${JSON.stringify(wantedLines[at])}, got ${JSON.stringify(gotLines[at])}`;
}

class RealHelm {
  readonly #home = mkdtempSync(join(tmpdir(), 'sekisho-helm-'));

  async render(folder: string, { chart, flags, values }: Case): Promise<string> {
    const file = join(this.#home, 'values.json');
    if (values !== undefined) writeFileSync(file, values);
    const given = values === undefined ? [] : ['-f', file];
    const result = await runHelm(['template', 'release', chart, ...given, ...flags], {
      cwd: folder,
      kubeconfig: join(this.#home, 'none'),
    });
    const said = result.stderr
      .split('\n')
      .filter((line) => !line.startsWith('level='))
      .join('\n')
      // What follows is advice for its command line.
      .replace(/\n\nUse --debug flag to render out invalid YAML\n/, '\n');
    return `${result.stdout}${said}`;
  }

  close(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}
