import { defineConfig } from 'vitest/config';

const conditions = ['@sekisho/source'];
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  ...source,
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: [
            'packages/{base,model,engine}/**/src/**/*.test.ts',
            'tools/**/*.test.ts',
            'conformance/**/*.test.ts',
          ],
          isolate: false,
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          include: ['packages/{service,testkit}/**/src/**/*.test.ts', 'apps/**/src/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...source,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          globalSetup: ['e2e/lib/made-database.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
