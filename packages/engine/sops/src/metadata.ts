import type { MasterKey } from './master-key.ts';
import { type EncryptionRule, RULE_FIELDS } from './rule.ts';

/** What a SOPS file says of itself under `sops`. */
export interface SopsMetadata {
  readonly version: string;
  /** RFC 3339; bound to the MAC. */
  readonly lastModified: string;
  /** Encrypted with the data key; '' when the file has none. */
  readonly mac: string;
  /** One key of each group (of as many groups as the threshold says) opens the file. */
  readonly keyGroups: readonly (readonly MasterKey[])[];
  /** How many groups are needed. */
  readonly threshold: number;
  readonly macOnlyEncrypted: boolean;
  readonly rule: EncryptionRule;
}

type Fields = Readonly<Record<string, unknown>>;

/** What stands where in the metadata, and makes no master key. */
const NO_KEYS = new Set([
  ...['version', 'lastmodified', 'mac', 'mac_only_encrypted', 'key_groups', 'shamir_threshold', 'shamir_quorum'],
  ...RULE_FIELDS,
]);
/** Each one costs a try: of a key, or of a service. */
const MAX_KEYS = 200;
const DEFAULT_RULE: EncryptionRule = { type: 'unencrypted_suffix', text: '_unencrypted' };

/**
 * Reads the metadata out of the map that the file has: all scalars as text, as JSON or YAML has them.
 *
 * @returns a clause that says what is wrong instead, when something is
 */
export function readMetadata(fields: Fields): SopsMetadata | string {
  const rules = RULE_FIELDS.filter((field) => textOf(fields[field]) !== '');
  if (rules.length > 1) return `only one of ${rules.join(', ')} may be set`;
  const [type] = rules;
  const written = listOf(fields['key_groups']).map((group) => readKeys(group));
  const keyGroups = written.length > 0 ? written : [readKeys(fields)];
  if (keyGroups.some((keys) => keys.length === 0)) return 'there is no key that the file is encrypted for';
  if (keyGroups.flat().length > MAX_KEYS) return `there are more than ${MAX_KEYS} keys`;
  const threshold = Number(textOf(fields['shamir_threshold'] ?? fields['shamir_quorum']));
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > keyGroups.length) {
    return `shamir_threshold must be a number up to ${keyGroups.length}, that of the key groups`;
  }
  return {
    version: textOf(fields['version']),
    lastModified: textOf(fields['lastmodified']),
    mac: textOf(fields['mac']),
    keyGroups,
    threshold: threshold === 0 ? keyGroups.length : threshold,
    macOnlyEncrypted: textOf(fields['mac_only_encrypted']).toLowerCase() === 'true',
    rule: type === undefined ? DEFAULT_RULE : { type, text: textOf(fields[type]) },
  };
}

function readKeys(group: Fields): MasterKey[] {
  const keys: MasterKey[] = [];
  for (const [field, list] of Object.entries(group)) {
    if (NO_KEYS.has(field)) continue;
    for (const entry of listOf(list)) {
      const encrypted = textOf(entry['enc']);
      if (encrypted !== '') keys.push(readKey(field, entry, encrypted));
    }
  }
  return keys;
}

function readKey(field: string, entry: Fields, encrypted: string): MasterKey {
  const text = (name: string) => textOf(entry[name]);
  switch (field) {
    case 'age':
      return { type: 'age', recipient: text('recipient'), encrypted };
    case 'pgp':
      return { type: 'pgp', fingerprint: text('fp'), encrypted };
    case 'kms':
      return {
        type: 'aws_kms',
        arn: text('arn'),
        ...(text('role') === '' ? {} : { role: text('role') }),
        ...(text('aws_profile') === '' ? {} : { profile: text('aws_profile') }),
        context: Object.fromEntries(
          Object.entries(fieldsOf(entry['context'])).map(([key, value]) => [key, textOf(value)]),
        ),
        encrypted,
      };
    case 'gcp_kms':
      return { type: 'gcp_kms', resourceId: text('resource_id'), encrypted };
    case 'azure_kv':
      return { type: 'azure_kv', vaultUrl: text('vault_url'), name: text('name'), version: text('version'), encrypted };
    case 'hc_vault':
      return {
        type: 'hc_vault',
        address: text('vault_address'),
        enginePath: text('engine_path'),
        name: text('key_name'),
        encrypted,
      };
    default:
      return { type: 'unknown', field, encrypted };
  }
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
