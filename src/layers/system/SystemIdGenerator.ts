import { randomFillSync } from "node:crypto"
import * as Layer from "effect/Layer"
import { IdGenerator } from "../../services/trace/IdGenerator.ts"

/** One call into the kernel's generator for about 340 requests. */
const POOL_BYTES = 8192

const NO_TRACE = "0".repeat(32)
const NO_SPAN_PREFIX = "0".repeat(12)

/**
 * Ids cut from a pool of random bytes that is turned to hex in one go: a third of the time of any table of digits,
 * because an id is then a slice and no string is put together. An id kept for long keeps its pool (16 KB) with it.
 */
export const makeIdGenerator = (fill: (pool: Buffer) => unknown): IdGenerator["Service"] => {
  const pool = Buffer.alloc(POOL_BYTES)
  let digits = ""
  let position = 0

  const take = (length: number): string => {
    if (position + length > digits.length) {
      fill(pool)
      digits = pool.toString("hex")
      position = 0
    }
    const id = digits.slice(position, position + length)
    position += length
    return id
  }

  return {
    traceId: () => {
      let id = take(32)
      while (id === NO_TRACE) id = take(32)
      return id
    },
    spanId: () => {
      let id = take(16)
      while (id.startsWith(NO_SPAN_PREFIX)) id = take(16)
      return id
    }
  }
}

export const layer: Layer.Layer<IdGenerator> = Layer.sync(IdGenerator, () => makeIdGenerator(randomFillSync))
