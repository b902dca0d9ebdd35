/** Objects of both forms, and the order of their keys and of the members of sets. */
export { sortedKeys, sortedMembers } from './compare.ts';
export { forEachEntry, keysOf, ObjectBuilder, type ObjectValue, objectSize, setOwn, valueAt } from './entries.ts';
