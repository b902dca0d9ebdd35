import { CelType } from '../value/type.ts';

const NAMES = [
  ...['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'null_type', 'type', 'optional_type'],
  ...['google.protobuf.Timestamp', 'google.protobuf.Duration', 'net.IP', 'net.CIDR'],
  ...['kubernetes.URL', 'kubernetes.Quantity', 'kubernetes.Semver', 'kubernetes.NamedFormat'],
];

/** Types that expressions name. */
export const TYPES: ReadonlyMap<string, CelType> = new Map(NAMES.map((name) => [name, new CelType(name)]));
