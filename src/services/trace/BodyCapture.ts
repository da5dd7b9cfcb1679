/**
 * Keeps a body by reference as it passes, within a bound: the head up to `limit` bytes, and past it only the last
 * `TAIL` bytes, where streams carry their usage and finish reason.
 */
const TAIL = 16 * 1024

export class BodyCapture {
  readonly head: Array<Uint8Array> = []
  private tail: Array<Uint8Array> | undefined
  private headBytes = 0
  private tailBytes = 0
  /** Bytes that passed, kept or not. */
  total = 0
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  add(chunk: Uint8Array): void {
    this.total += chunk.length
    if (this.tail === undefined) {
      const room = this.limit - this.headBytes
      if (chunk.length <= room) {
        this.head.push(chunk)
        this.headBytes += chunk.length
        return
      }
      this.head.push(chunk.subarray(0, room))
      this.headBytes += room
      chunk = chunk.subarray(room)
      this.tail = []
    }
    this.tail.push(chunk)
    this.tailBytes += chunk.length
    while (this.tail.length > 1 && this.tailBytes - (this.tail[0]?.length ?? 0) >= TAIL) {
      this.tailBytes -= this.tail.shift()?.length ?? 0
    }
  }

  /** All that was kept, in order. */
  chunks(): Array<Uint8Array> {
    if (this.tail === undefined) return this.head
    const last = this.tail[0]
    if (last !== undefined && this.tailBytes > TAIL) this.tail[0] = last.subarray(this.tailBytes - TAIL)
    return [...this.head, ...this.tail]
  }

  /** Where in the kept bytes the tail begins; undefined when nothing was left out. */
  tailAt(): number | undefined {
    return this.total > this.headBytes + Math.min(this.tailBytes, TAIL) ? this.headBytes : undefined
  }
}
