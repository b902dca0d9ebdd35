import type { PrinterColumn } from '../served-resource.ts';
import { age } from './age.ts';
import type { Column } from './column.ts';
import { compileJsonPath, jsonPathText } from './json-path.ts';

const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  cell: (object) => object.metadata.name ?? '',
};

const known = new WeakMap<readonly PrinterColumn[], readonly Column[]>();

/** Name, then what the CRD declares. Dates are shown as ages, missing values as an empty cell. */
export function customColumns(columns: readonly PrinterColumn[]): readonly Column[] {
  let compiled = known.get(columns);
  if (compiled === undefined) {
    compiled = [NAME, ...columns.map(toColumn)];
    known.set(columns, compiled);
  }
  return compiled;
}

function toColumn(column: PrinterColumn): Column {
  const path = compileJsonPath(column.jsonPath);
  const type = columnType(column.type);
  return {
    name: column.name,
    type,
    priority: column.priority ?? 0,
    ...(column.format === undefined ? {} : { format: column.format }),
    ...(column.description === undefined ? {} : { description: column.description }),
    cell: (object, now) => {
      const values = path(object);
      const [first] = values;
      if (values.length === 0 || first === undefined || first === null) return type === 'date' ? '<unknown>' : null;
      if (type === 'date') return age(first, now);
      if (type === 'integer' || type === 'number') return typeof first === 'number' ? first : jsonPathText(values);
      if (type === 'boolean') return typeof first === 'boolean' ? first : jsonPathText(values);
      return jsonPathText(values);
    },
  };
}

function columnType(type: string): Column['type'] {
  return type === 'integer' || type === 'number' || type === 'boolean' || type === 'date' ? type : 'string';
}
