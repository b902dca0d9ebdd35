import { AGGREGATE_BUILTINS } from './aggregates.ts';
import { ARITHMETIC_BUILTINS } from './arithmetic.ts';
import { ARRAY_BUILTINS } from './arrays.ts';
import { AWS_BUILTINS } from './aws.ts';
import { BASE64_BUILTINS } from './base64.ts';
import { BIT_BUILTINS } from './bits.ts';
import type { Builtin } from './builtin.ts';
import { COMPARISON_BUILTINS } from './comparison.ts';
import { CRYPTO_BUILTINS } from './crypto.ts';
import { GLOB_BUILTINS } from './glob.ts';
import { GRAPH_BUILTINS } from './graph.ts';
import { GRAPHQL_BUILTINS } from './graphql.ts';
import { HEX_BUILTINS } from './hex.ts';
import { HTTP_BUILTINS } from './http.ts';
import { JSON_FILTER_BUILTINS } from './json-filter.ts';
import { JSON_PATCH_BUILTINS } from './json-patch.ts';
import { JSON_SCHEMA_BUILTINS } from './json-schema.ts';
import { JSON_TEXT_BUILTINS } from './json-text.ts';
import { JWT_BUILTINS } from './jwt.ts';
import { MEMBERSHIP_BUILTINS } from './membership.ts';
import { NET_BUILTINS } from './net.ts';
import { NUMBER_BUILTINS } from './numbers.ts';
import { OBJECT_BUILTINS } from './objects.ts';
import { OUTPUT_BUILTINS } from './output.ts';
import { RANDOM_BUILTINS } from './random.ts';
import { REGEX_BUILTINS } from './regex.ts';
import { REGO_BUILTINS } from './rego.ts';
import { SEMVER_BUILTINS } from './semver.ts';
import { SET_BUILTINS } from './sets.ts';
import { SPRINTF_BUILTINS } from './sprintf.ts';
import { STRING_BUILTINS } from './strings.ts';
import { TIME_BUILTINS } from './time.ts';
import { TYPE_BUILTINS } from './types.ts';
import { UNIT_BUILTINS } from './units.ts';
import { URI_BUILTINS } from './uri.ts';
import { URLQUERY_BUILTINS } from './urlquery.ts';
import { WALK_BUILTINS } from './walk.ts';
import { X509_BUILTINS } from './x509.ts';
import { YAML_BUILTINS } from './yaml.ts';

const FAMILIES: readonly (readonly Builtin[])[] = [
  X509_BUILTINS,
  GRAPHQL_BUILTINS,
  JWT_BUILTINS,
  AWS_BUILTINS,
  CRYPTO_BUILTINS,
  TIME_BUILTINS,
  HTTP_BUILTINS,
  NET_BUILTINS,
  AGGREGATE_BUILTINS,
  ARITHMETIC_BUILTINS,
  ARRAY_BUILTINS,
  BASE64_BUILTINS,
  BIT_BUILTINS,
  COMPARISON_BUILTINS,
  GLOB_BUILTINS,
  REGEX_BUILTINS,
  GRAPH_BUILTINS,
  HEX_BUILTINS,
  JSON_FILTER_BUILTINS,
  JSON_PATCH_BUILTINS,
  MEMBERSHIP_BUILTINS,
  NUMBER_BUILTINS,
  OBJECT_BUILTINS,
  SEMVER_BUILTINS,
  SET_BUILTINS,
  SPRINTF_BUILTINS,
  STRING_BUILTINS,
  TYPE_BUILTINS,
  UNIT_BUILTINS,
  WALK_BUILTINS,
  JSON_SCHEMA_BUILTINS,
  JSON_TEXT_BUILTINS,
  OUTPUT_BUILTINS,
  RANDOM_BUILTINS,
  REGO_BUILTINS,
  URI_BUILTINS,
  URLQUERY_BUILTINS,
  YAML_BUILTINS,
];

/** Every built-in by name. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flatMap((family) => family.map((builtin) => [builtin.name, builtin] as const)),
);
