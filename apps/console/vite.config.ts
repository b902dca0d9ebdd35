import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { initialScriptLimit } from './build/initial-script-limit.ts';
import { precompress } from './build/precompress.ts';

/** `npm start`'s address; the development server hands API requests on to it. */
const server = process.env['SEKISHO_SERVER'] ?? 'http://127.0.0.1:7070';

export default defineConfig({
  plugins: [react(), initialScriptLimit({ maxKilobytes: 300 }), precompress()],
  build: {
    target: 'es2022',
    // A data: address in a style would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': server, '/auth': server } },
});
