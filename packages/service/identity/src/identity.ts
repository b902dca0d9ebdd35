/** Who somebody is, as a provider says. */
export interface ExternalIdentity {
  /** What the provider never gives to anybody else: the `sub` claim, the name in the directory. */
  readonly subject: string;
  /** How people know the user. */
  readonly name: string;
  readonly groups: readonly string[];
}
