/** The gateway of the end-to-end tests; SIGUSR2 kills its back office. */
process.env["E2E_BACK_OFFICE"] = "../../faults/real/programs/mortalBackOffice.ts"

const orders = new BroadcastChannel("test/faults/mortalBackOffice")
orders.unref()
process.on("SIGUSR2", () => orders.postMessage("die"))

await import("../../../e2e/programs/gateway.ts")
