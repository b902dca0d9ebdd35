const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether plain objects have something by this name that is not their own. */
export function isInherited(name: string): boolean {
  return INHERITED.has(name);
}
