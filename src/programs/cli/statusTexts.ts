import type * as StatusApi from "../../services/api/StatusApi.ts"
import { counted, cut, duration, printable, size, table, timeOf } from "./tables.ts"

type Status = typeof StatusApi.Status.Type
type Destination = Status["destinations"][number]
type Ledger = NonNullable<Destination["ledger"]>

const ERROR_WIDTH = 60

/** What runs, for people. `now` is Unix milliseconds. */
export const statusText = (status: Status, now: number): string =>
  [
    `Control plane ${printable(status.version)}, configuration revision ${status.revision}`,
    status.members.length === 0
      ? "No programs"
      : table(
          ["PROGRAM", "INSTANCE", "HOST", "VERSION", "REVISION", "SEEN"],
          status.members.map(({ host, instance, revision, role, seenAt, version }) =>
            [role, instance, host, version, revision, `${duration(Math.max(0, now - seenAt))} ago`].map(printable)
          )
        ),
    status.destinations.length === 0
      ? "No destinations"
      : table(
          [
            "DESTINATION",
            "HEALTH",
            "CAPTURED",
            "DELIVERED",
            "REJECTED",
            "DEAD",
            "DROPPED",
            "QUEUED",
            "LAG",
            "LAST ERROR"
          ],
          status.destinations.map((destination) => destinationRow(destination, now))
        ),
    storeText(status, now)
  ].join("\n\n")

const destinationRow = ({ health, ledger, name, paused }: Destination, now: number): ReadonlyArray<string> => [
  printable(name),
  paused ? `${health.state}, paused` : health.state,
  ...(ledger === undefined
    ? ["?", "?", "?", "?", "?", "?", "?"]
    : [
        ...[ledger.captured, ledger.delivered, ledger.rejected, ledger.deadLettered, dropped(ledger)].map(String),
        ledger.queued === 0 ? "0" : `${ledger.queued} (${size(ledger.queuedBytes)})`,
        ledger.oldestAt === undefined ? "none" : duration(Math.max(0, now - ledger.oldestAt))
      ]),
  health.lastError === undefined
    ? ""
    : cut(printable(`${timeOf(health.lastError.at)} ${lastErrorText(health.lastError)}`), ERROR_WIDTH)
]

const lastErrorText = ({ message, reason }: NonNullable<Destination["health"]["lastError"]>): string =>
  message === undefined ? reason : `${reason}: ${message}`

const storeText = ({ traceIngest, traceStore }: Status, now: number): string => {
  const queue = traceIngest?.ledger
  const waiting =
    queue === undefined || queue.queued === 0
      ? ""
      : `; ${counted(queue.queued, "span")} (${size(queue.queuedBytes)}) on the way to it${lagText(queue, now)}`
  if (traceStore === undefined) return `Trace store: cannot be reached${waiting}`
  const since = traceStore.oldest === undefined ? "" : `, since ${timeOf(traceStore.oldest)}`
  return `Trace store: ${counted(traceStore.traces, "trace")}, ${size(traceStore.bytes)}${since}${waiting}`
}

const lagText = ({ oldestAt }: Ledger, now: number): string =>
  oldestAt === undefined ? "" : `, ${duration(Math.max(0, now - oldestAt))} behind`

const dropped = (ledger: Ledger): number => Object.values(ledger.dropped).reduce((sum, spans) => sum + spans, 0)

/** What somebody has to look at, in sentences. Nothing when all is well. */
export const troubles = (status: Status): ReadonlyArray<string> => [
  ...(status.members.some(({ role }) => role === "gateway") ? [] : ["no gateway has been heard of lately"]),
  ...status.members.flatMap(({ instance, revision, role }) =>
    // Of a program that reads a file it is the file's hash.
    /^\d{1,11}$/.test(revision) && Number(revision) !== status.revision
      ? [printable(`${role} ${instance} has revision ${revision} in force, not ${status.revision}`)]
      : []
  ),
  ...status.destinations.flatMap(destinationTroubles),
  ...(status.traceStore === undefined ? ["the trace store cannot be reached"] : []),
  ...(status.traceIngest?.waiting === true ? ["the trace store does not take traces, they wait in the bus"] : [])
]

const destinationTroubles = ({ health, ledger, name, paused }: Destination): ReadonlyArray<string> => {
  const found: Array<string> = []
  const pause = paused ? ", nothing is sent until its entry changes" : ""
  if (health.state !== "healthy" || paused) {
    const last = health.lastError === undefined ? "" : `, ${lastErrorText(health.lastError)}`
    found.push(`destination ${name} is ${health.state} since ${timeOf(health.since)}${last}${pause}`)
  }
  if (ledger !== undefined && difference(ledger) !== 0)
    found.push(`the ledger of destination ${name} is off by ${counted(difference(ledger), "span")}`)
  return found.map(printable)
}

const difference = (ledger: Ledger): number =>
  ledger.captured - ledger.delivered - ledger.rejected - ledger.deadLettered - dropped(ledger) - ledger.queued
