import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileGatekeeper, type PolicyDocument } from '@sekisho/policy';
import { askJson } from './https.ts';
import type { BenchCertificates } from './webhook.ts';

export interface OpaServer {
  /** Answers an AdmissionReview with one. */
  readonly url: string;
  /** Processor time until now. */
  cpuMs(): number;
  close(): Promise<void>;
}

/** `opa run --server` over HTTPS with constraints and their templates in Rego; matching is left to the constraints' kinds. */
export async function startOpa(
  opa: string,
  documents: readonly PolicyDocument[],
  { authority, serving }: BenchCertificates,
  folder: string,
): Promise<OpaServer> {
  const files = {
    ...opaFiles(documents),
    'tls.crt': `${serving.certificatePem}${authority}`,
    'tls.key': serving.keyPem,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const port = await freePort();
  const loaded = Object.keys(files).filter((name) => !name.startsWith('tls.'));
  const child = spawn(
    opa,
    [
      'run',
      '--server',
      '--v0-compatible',
      '--log-level=error',
      '--skip-version-check',
      `--addr=127.0.0.1:${port}`,
      `--tls-cert-file=${join(folder, 'tls.crt')}`,
      `--tls-private-key-file=${join(folder, 'tls.key')}`,
      ...loaded.map((name) => join(folder, name)),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  // Without a path the server answers with `system.main`, given the body as its input.
  const url = `https://127.0.0.1:${port}/`;
  await listening(child, url, authority);
  return {
    url,
    cpuMs: () => processorTime(child.pid as number),
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** Modules, and the parameters of constraints as data. As in Gatekeeper each template has packages that no other sees. */
function opaFiles(documents: readonly PolicyDocument[]): Record<string, string> {
  const { constraints } = compileGatekeeper(documents, { engine: 'Rego' });
  const files: Record<string, string> = {};
  const parameters: Record<string, unknown> = {};
  const rules: string[] = [];
  for (const { name, template, parameters: given } of constraints) {
    const { kind, code } = template;
    if (code.engine !== 'Rego') continue;
    [code.rego.source, ...code.rego.libs].forEach(({ text }, i) => {
      const placed = i === 0 ? text.replace(/^(\s*package) .*$/m, `$1 templates.${kind}`) : text;
      files[`${kind}-${i}.rego`] = placed
        .replace(/^(\s*package) lib\./m, `$1 libs.${kind}.`)
        .replaceAll(/\bdata\.lib\./g, `data.libs.${kind}.`);
    });
    parameters[name] = given;
    rules.push(
      `denied[[${JSON.stringify(name)}, violation]] {\n\tdata.templates.${kind}.violation[violation] ` +
        `with input as {"review": input.request, "parameters": data.parameters[${JSON.stringify(name)}]}\n}\n`,
    );
  }
  files['data.json'] = JSON.stringify({ parameters, inventory: {} });
  files['main.rego'] = `package system\n\n${rules.join('\n')}\n${MAIN}`;
  return files;
}

const MAIN = `lines = [line | denied[[name, violation]]; line := sprintf("[%v] %v", [name, violation.msg])]

main = {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"response": {
		"uid": input.request.uid,
		"allowed": count(lines) == 0,
		"status": {"code": 403, "message": concat("\\n", lines)},
	},
}
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function listening(child: ChildProcess, url: string, ca: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`opa ended with ${child.exitCode}`);
    if ((await askJson(`${url}health`, { ca }).catch(() => undefined)) !== undefined) return;
    await sleep(50);
  }
  throw new Error('opa did not begin to listen');
}

/** In hundredths of a second the kernel counts for programs, whatever its own clock. */
function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the program's name, which may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
