import { join } from "node:path"
import { defineConfig } from "vite"

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the pages work behind any path prefix.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: join(import.meta.dirname, "../../dist/dashboard"),
    emptyOutDir: true,
    // A data: URL would need an opening in the Content-Security-Policy.
    assetsInlineLimit: 0
  },
  server: { proxy: { "/api": "http://127.0.0.1:8788" } }
})
