export { type ExpandOptions, type Expansion, hasExpressions, substitute } from './expand.ts';
export type { ExpansionFault } from './fault.ts';
export { type SubstituteResult, substituteManifests } from './manifests.ts';
export { collectVariables, type VariableSource } from './variables.ts';
