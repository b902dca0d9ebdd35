import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHelm } from '@sekisho/testkit';
import { renderWithArguments } from '../lib/helm-arguments.ts';
import type { CaseResult, RunSuite } from '../suite.ts';

/** The charts are our own; what they give was recorded from Helm itself, and `--record` does so again. */
export const defaultCases = 'conformance/charts';

/**
 * Charts, each with cases (flags of `helm template`; `CHART=folder` names another chart than `chart`) and, beside it, what the
 * real Helm prints: manifests, then its error. `--real` asks Helm itself instead.
 */
export const run: RunSuite = async ({ casesDir, signal, args = [] }) => {
  const results: CaseResult[] = [];
  const real = args.includes('--record') || args.includes('--real') ? new RealHelm() : undefined;
  try {
    for (const { name } of foldersOf(casesDir)) {
      const folder = join(casesDir, name);
      const cases: Record<string, string[]> = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
      for (const [id, words] of Object.entries(cases)) {
        signal.throwIfAborted();
        const chart = words.find((word) => word.startsWith('CHART='))?.slice('CHART='.length) ?? 'chart';
        const flags = words.filter((word) => !word.startsWith('CHART='));
        const golden = join(folder, 'golden', `${id}.txt`);
        const wanted = real === undefined ? readFileSync(golden, 'utf8') : await real.render(folder, chart, flags);
        if (args.includes('--record')) {
          mkdirSync(join(folder, 'golden'), { recursive: true });
          writeFileSync(golden, wanted);
        }
        const reason = difference(wanted, await attempt(folder, chart, flags));
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

function foldersOf(path: string) {
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function attempt(folder: string, chart: string, flags: readonly string[]): Promise<string> {
  try {
    return await renderWithArguments(folder, chart, flags);
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Helm's own output is the same every time, except that Go walks a schema's properties in any order. */
function difference(wanted: string, got: string): string | undefined {
  if (wanted === got) return undefined;
  const sorted = (text: string) => text.split('\n').sort().join('\n');
  if (wanted.startsWith("Error: values don't meet") && sorted(wanted) === sorted(got)) return undefined;
  const [wantedLines, gotLines] = [wanted.split('\n'), got.split('\n')];
  const at = wantedLines.findIndex((line, index) => line !== gotLines[index]);
  return `line ${at + 1}: wanted ${JSON.stringify(wantedLines[at])}, got ${JSON.stringify(gotLines[at])}`;
}

class RealHelm {
  readonly #home = mkdtempSync(join(tmpdir(), 'sekisho-helm-'));

  async render(folder: string, chart: string, flags: readonly string[]): Promise<string> {
    const result = await runHelm(['template', 'release', chart, ...flags], {
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
