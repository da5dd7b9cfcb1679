import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const FAILURES = 10
const WINDOW_MS = 60_000
/** Over it the address that failed first is forgotten: whoever has so many gains little by it. */
const MAX_ADDRESSES = 10_000

/** Counts failed sign-ins by address, so that nobody can guess a token in any number of tries. */
export class LoginLimiter extends Context.Service<
  LoginLimiter,
  {
    /** Seconds until the address may try again; 0: now. */
    readonly waitOf: (address: string) => Effect.Effect<number>
    readonly failed: (address: string) => Effect.Effect<void>
  }
>()("spangate/services/api/LoginLimiter") {
  static readonly layer: Layer.Layer<LoginLimiter> = Layer.sync(LoginLimiter, () => {
    const failures = new Map<string, ReadonlyArray<number>>()
    const recent = (address: string, now: number) =>
      (failures.get(networkOf(address)) ?? []).filter((at) => now - at < WINDOW_MS)
    return LoginLimiter.of({
      waitOf: (address) =>
        Effect.map(uptime, (now) => {
          const [first, ...rest] = recent(address, now)
          return first === undefined || rest.length < FAILURES - 1 ? 0 : Math.ceil((first + WINDOW_MS - now) / 1000)
        }),
      failed: (address) =>
        Effect.map(uptime, (now) => {
          const network = networkOf(address)
          const times = [...recent(address, now), now].slice(-FAILURES)
          failures.delete(network)
          failures.set(network, times)
          for (const oldest of failures.keys()) {
            if (failures.size <= MAX_ADDRESSES) break
            failures.delete(oldest)
          }
        })
    })
  })
}

/** Milliseconds that no setting of the clock moves: nobody is shut out until a clock that was put back has caught up. */
const uptime = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** Of IPv6 the first 64 bits: who has one address has all of them. */
const networkOf = (address: string): string => {
  if (!address.includes(":")) return address
  const [text = ""] = address.split("%", 1)
  if (text.startsWith("::ffff:")) return text.slice("::ffff:".length)
  const [head = [], tail = []] = text.split("::", 2).map((half) => half.split(":").filter((group) => group !== ""))
  // Two colons stand for as many groups of zeros as are missing.
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0")
  return [...head, ...zeros, ...tail].slice(0, 4).join(":")
}
