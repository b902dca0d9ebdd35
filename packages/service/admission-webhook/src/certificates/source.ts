import type { CertificatePair } from '@sekisho/certificates';

/** Where the serving certificate comes from, kept current. */
export interface CertificateSource {
  /** Undefined while there is none yet. */
  current(): CertificatePair | undefined;
  /** Why there is none, or it is about to end; undefined when all is well. */
  fault(): string | undefined;
  /** Called when {@link current} is another one. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}
