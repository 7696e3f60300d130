import react from '@vitejs/plugin-react';
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import { standIns } from './server/plugin.ts';

// The collector answers below the demo's own origin, as it does on a real site.
const collector = process.env.COLLECTOR_URL ?? 'http://127.0.0.1:8000';
const server = { host: '127.0.0.1', proxy: { '/v1': collector } };

const widget = JSON.parse(readFileSync('node_modules/@lifi/widget/package.json', 'utf8')) as { version: string };

export default defineConfig({
  plugins: [react(), standIns()],
  resolve: { dedupe: ['react', 'react-dom'] }, // the tracker's package is a link, with a React of its own for its tests
  define: { __WIDGET_VERSION__: JSON.stringify(widget.version) },
  server,
  preview: server,
  build: { chunkSizeWarningLimit: 3_000 },
});
