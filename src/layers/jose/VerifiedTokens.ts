import type { JwtIssuer } from "../../services/config/CompiledConfig.ts"
import type { Authenticated } from "../../services/gateway/Authentication.ts"
import type { KeySet } from "./KeySet.ts"

export interface VerifiedToken {
  readonly authenticated: Authenticated
  /** As the configuration had it that it was verified under. */
  readonly issuer: JwtIssuer
  /** The keys it was verified with. */
  readonly keys: KeySet
  /** Unix milliseconds. */
  readonly endsAt: number
}

/** Moving an entry costs 200 ns, more than the look-up: the order of use is kept to the second. */
const MOVE_AFTER_MS = 1000

interface Entry {
  readonly token: VerifiedToken
  movedAt: number
}

/**
 * Tokens that were verified, by their SHA-256, so that a signature is checked once in five minutes and not per request.
 * Bounded: the least recently used goes first. Whoever asks checks that the issuer and its keys are still those in force.
 */
export class VerifiedTokens {
  private readonly capacity: number
  private readonly entries = new Map<string, Entry>()

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get(digest: string, now: number): VerifiedToken | undefined {
    const entry = this.entries.get(digest)
    if (entry === undefined) return undefined
    if (now >= entry.token.endsAt) {
      this.entries.delete(digest)
      return undefined
    }
    if (now - entry.movedAt >= MOVE_AFTER_MS) {
      entry.movedAt = now
      this.entries.delete(digest)
      this.entries.set(digest, entry)
    }
    return entry.token
  }

  set(digest: string, token: VerifiedToken, now: number): void {
    this.entries.delete(digest)
    this.entries.set(digest, { token, movedAt: now })
    if (this.entries.size <= this.capacity) return
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest)
      break
    }
  }

  get size(): number {
    return this.entries.size
  }
}
