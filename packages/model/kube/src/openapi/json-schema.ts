/** A node of a published document: plain JSON. */
export type JsonSchema = Record<string, unknown>;

/** OpenAPI 3.0 documents per group and version, or the one Swagger 2.0 document. They differ in how references are written. */
export type Dialect = 'v2' | 'v3';

const prefixes: Readonly<Record<Dialect, string>> = { v2: '#/definitions/', v3: '#/components/schemas/' };

/** A reference to a definition. */
export function refTo(dialect: Dialect, name: string): JsonSchema {
  return { $ref: prefixes[dialect] + name };
}

/** A reference that has neighbours (a description, merge keys): OpenAPI 3.0 allows them only beside an allOf. */
export function refWith(dialect: Dialect, name: string, neighbours: JsonSchema): JsonSchema {
  const ref = refTo(dialect, name);
  return dialect === 'v2' ? { ...ref, ...neighbours } : { allOf: [ref], ...neighbours };
}
