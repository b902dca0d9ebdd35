import type { Finding } from '../result.ts';
import type { ResultWriter } from './writer.ts';

/** A list of results; lists of findings only where there are some. `loc` has line and column of the node. */
export const writeJson: ResultWriter = (results) => {
  const written = results.map(({ fileName, namespace, successes, skipped, warnings, failures, exceptions }) => ({
    // Conftest gives standard input no name here, and only here.
    filename: fileName === '-' ? '' : fileName,
    namespace,
    successes,
    ...listOf('skipped', skipped),
    ...listOf('warnings', warnings),
    ...listOf('failures', failures),
    ...listOf('exceptions', exceptions),
  }));
  return `${JSON.stringify(written, null, '\t')}\n`;
};

function listOf(name: string, findings: readonly Finding[]): Record<string, unknown> {
  if (findings.length === 0) return {};
  const list = findings.map(({ message, location, metadata }) => ({
    msg: message,
    ...(location === undefined ? {} : { loc: location }),
    ...(metadata === undefined ? {} : { metadata }),
  }));
  return { [name]: list };
}
