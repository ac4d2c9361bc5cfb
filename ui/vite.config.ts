// How the page is built: static files in ui/dist that the admin node serves at `/` under a strict Content-Security-Policy.

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `vite ui` sends API calls while the page is being worked on. */
const admin = process.env['PRYBAR_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react()],
  // Absolute names, so that deep links load the same files: the policy forbids the <base> that relative ones would need.
  base: '/',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // `font-src 'self'` forbids data: fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // The kit's styles all at once and before the page's own: coming one by one with the views, they would undo what those say otherwise.
            { name: 'kit-styles', test: /@patternfly[\\/](react-styles|react-core[\\/]dist[\\/]styles)[\\/]/, priority: 2 },
            // What most views need is no file of its own for each.
            { name: 'shared', minShareCount: 8, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: admin, ws: true },
    },
  },
});
