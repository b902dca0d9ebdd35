export { createFunctions, type FunctionContext } from './functions/index.ts';
