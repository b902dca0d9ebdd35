/** The part of ssh2 that the test server uses. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type { Duplex, Writable } from 'node:stream';

  interface AuthContext {
    readonly method: string;
    readonly key?: { readonly algo: string; readonly data: Buffer };
    /** Absent when the client only asks whether the key would do. */
    readonly signature?: Buffer;
    readonly blob?: Buffer;
    readonly hashAlgo?: string;
    accept(): void;
    reject(methods?: readonly string[]): void;
  }

  interface ParsedKey {
    getPublicSSH(): Buffer;
    verify(data: Buffer, signature: Buffer, hashAlgo?: string): boolean;
  }

  interface ServerChannel extends Duplex {
    readonly stderr: Writable;
    exit(code: number): void;
  }

  interface Session extends EventEmitter {
    on(
      event: 'env',
      listener: (accept: () => void, reject: () => void, info: { key: string; val: string }) => void,
    ): this;
    on(
      event: 'exec',
      listener: (accept: () => ServerChannel, reject: () => void, info: { command: string }) => void,
    ): this;
  }

  interface Connection extends EventEmitter {
    on(event: 'authentication', listener: (context: AuthContext) => void): this;
    on(event: 'session', listener: (accept: () => Session, reject: () => void) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    end(): void;
  }

  class Server extends EventEmitter {
    constructor(options: { hostKeys: readonly string[] }, onConnection: (connection: Connection) => void);
    injectSocket(socket: Socket): void;
  }

  const ssh2: {
    readonly Server: typeof Server;
    readonly utils: {
      generateKeyPairSync(
        type: 'ed25519',
        options?: { passphrase?: string; cipher?: string },
      ): { readonly private: string; readonly public: string };
      parseKey(key: string, passphrase?: string): ParsedKey | Error;
    };
  };

  export type { AuthContext, Connection, ParsedKey, Server, ServerChannel, Session };
  export default ssh2;
}
