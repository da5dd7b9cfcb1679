import { defineConfig } from "vitest/config"

// .ci/run counts passes and failures from this file.
const results = process.env["SPANGATE_TEST_RESULTS"]

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: "forks",
    reporters: results === undefined ? ["default"] : ["default", ["json", { outputFile: results }]]
  }
})
