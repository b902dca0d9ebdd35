export type { ExternalIdentity } from './identity.ts';
export { createLdapDirectory, type LdapDirectory, type LdapOptions } from './ldap.ts';
export type { LdapEndpoint } from './ldap-connection.ts';
export { createOidcProvider, type OidcOptions, type OidcProvider, type PendingSignIn } from './oidc.ts';
export { hashPassword, isOutdated, MIN_PASSWORD_LENGTH, type ScryptCost, verifyPassword } from './password.ts';
