export { SIMULATE_ANNOTATION } from './node/simulation.ts';
export { type Controllers, type ControllersOptions, type NodeOptions, startControllers } from './start.ts';
