import type { CheckResult, Finding } from '../result.ts';
import { summaryOf, testsOf } from './summary.ts';
import type { ResultWriter } from './writer.ts';

/**
 * Logging commands of Azure Pipelines.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 */
export const writeAzureDevOps: ResultWriter = (results) =>
  `${[...results.flatMap(linesOf), summaryOf(results)].join('\n')}\n`;

function linesOf(result: CheckResult): string[] {
  const { fileName, namespace, successes } = result;
  const issue = (type: string, { message, location }: Finding) =>
    `##vso[task.logissue type=${type}${placeOf(fileName, location)}] ${oneLine(`file=${fileName} --> ${message}`)}`;
  return [
    `##[section]${oneLine(`Testing '${fileName}' against ${testsOf(result)} policies in namespace '${namespace}'`)}`,
    '##[group]See conftest results',
    ...result.failures.map((finding) => issue('error', finding)),
    ...result.warnings.map((finding) => issue('warning', finding)),
    ...result.exceptions.map((finding) => issue('warning', finding)),
    ...result.skipped.map(({ message }) => oneLine(`skipped file=${fileName} ${message}`)),
    ...(successes > 0 ? [oneLine(`success file=${fileName} ${successes}`)] : []),
    '##[endgroup]',
  ];
}

function placeOf(fileName: string, location: Finding['location']): string {
  if (location?.line === undefined) return '';
  const column = location.column === undefined ? '' : `;columnnumber=${location.column}`;
  const file = oneLine(location.file ?? fileName)
    .replaceAll(';', '%3B')
    .replaceAll(']', '%5D');
  return `;sourcepath=${file};linenumber=${location.line}${column}`;
}

/** What follows a line break could be another command. */
function oneLine(text: string): string {
  return text
    .replace(/%(?=AZP25|0[AD])/gi, '%AZP25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');
}
