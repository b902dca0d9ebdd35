import { createHash } from 'node:crypto';

/** Clients by what they were made of, so that connections and tokens are used again. */
export interface Clients<Options, Client> {
  use<T>(options: Options, work: (client: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Credentials change: clients of old ones go when there are more. */
const MAX_CLIENTS = 32;

export function createClients<Options extends object, Client extends { close(): Promise<void> }>(
  create: (options: Options) => Client,
): Clients<Options, Client> {
  const clients = new Map<string, { readonly client: Client; users: number }>();

  async function closeOldest(): Promise<void> {
    for (const [key, { client, users }] of clients) {
      if (clients.size <= MAX_CLIENTS) return;
      if (users > 0) continue;
      clients.delete(key);
      await client.close();
    }
  }

  return {
    async use(options, work) {
      const key = fingerprint(options);
      const entry = clients.get(key) ?? { client: create(options), users: 0 };
      // The one used last comes last.
      clients.delete(key);
      clients.set(key, entry);
      entry.users++;
      try {
        return await work(entry.client);
      } finally {
        entry.users--;
        await closeOldest();
      }
    },
    async close() {
      const all = [...clients.values()];
      clients.clear();
      await Promise.all(all.map(({ client }) => client.close()));
    },
  };
}

/** Of anything that may hold secrets: they are not kept as keys. */
export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex');
}
