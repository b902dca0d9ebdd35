/** Major and minor of `1.31`, `v1.31` or `v1.31.2`; undefined for anything else. */
export function parseVersion(text: string | undefined): readonly [major: number, minor: number] | undefined {
  const match = /^v?(\d{1,3})\.(\d{1,4})(?:[.+-]|$)/.exec(text ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}
