export { plain, printed, sprintf } from './format.ts';
export { goFunction, TemplateFunctionError } from './function.ts';
export { formatFloat } from './number-format.ts';
export { OutputPlaces } from './output-places.ts';
export { quote } from './quote.ts';
export { type ExecutionLimits, type MissingKey, TemplateExecutionError } from './runtime.ts';
export {
  createTemplateSet,
  type Rendering,
  type RenderOptions,
  type TemplateOptions,
  type TemplateSet,
} from './template.ts';
export {
  compareText,
  elementType,
  GoObject,
  Integer,
  type IntegerType,
  int64,
  integerOf,
  isMap,
  isTrue,
  type Method,
  type Signature,
  sortedKeys,
  type TemplateFunction,
  typed,
  typeName,
  type Value,
} from './value.ts';
