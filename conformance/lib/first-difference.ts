/** Where two texts differ for the first time, in one line. */
export function firstDifference(wanted: string, given: string): string {
  const lines = given.split('\n');
  const wantedLines = wanted.split('\n');
  const index = wantedLines.findIndex((line, at) => line !== lines[at]);
  const at = index < 0 ? wantedLines.length : index;
  return `line ${at + 1}: wanted ${JSON.stringify(wantedLines[at])}, got ${JSON.stringify(lines[at])}`;
}
