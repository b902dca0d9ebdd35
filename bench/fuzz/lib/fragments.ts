/** Pieces of YAML that change how what stands around them is read. */
export const YAML_FRAGMENTS = [
  ...[
    '\n',
    '\n\n',
    '\r\n',
    '\t',
    ' ',
    '  ',
    '\n  ',
    '\n    ',
    '---\n',
    '\n---\n',
    '...\n',
    '%YAML 1.1\n',
    '\uFEFF',
    '\0',
  ],
  ...[':', ': ', '- ', '\n- ', '? ', '#', ' # x', ',', ', ', '[', ']', '{', '}', '[]', '{}', '"', "'", '\\', '\\u00e9'],
  ...['|', '>', '|\n', '|-\n', '|+\n', '>2\n', '&a ', '*a', '<<: *a\n', '!!str ', '!!binary ', '!x ', '@', '`', '%'],
  ...['yes', 'no', 'null', '~', '0777', '0o17', '1e3', '.inf', '.nan', '1_000', '-', '0x', '2001-01-01', '=', '<<'],
  ...['__proto__', 'constructor', 'é', '😀', '\ud800', '\u2028', '\u0085', 'a'.repeat(1100)],
  ...['apiVersion: v1\n', 'kind: List\n', 'items:\n', 'metadata:\n', '  name: a\n', 'kind: ConfigMap\n'],
] as const;
