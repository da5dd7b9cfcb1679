/** `main.ts`, but its first back office's thread is ended at SIGUSR2, as a crash would end it. */
import { launchWorker } from "../../../src/layers/worker/launchWorker.ts"
import { start } from "../../../src/programs/start.ts"

const backOffice = launchWorker(new URL("../../../src/programs/backOffice.ts", import.meta.url))
process.once("SIGUSR2", () => void backOffice.terminate())
start(backOffice)
