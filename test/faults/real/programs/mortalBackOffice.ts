/** The back office, whose thread ends at once when it is told to. */
const orders = new BroadcastChannel("test/faults/mortalBackOffice")
orders.onmessage = () => process.exit(1)
// It must not keep the thread from its own end.
orders.unref()

await import("../../../../src/programs/backOffice.ts")
