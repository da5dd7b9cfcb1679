/** Past the limit only so many of the last bytes are kept. */
const TAIL = 16 * 1024

/**
 * Keeps a body by reference as it passes, within a bound: the head up to `limit` bytes, and past it only the tail, where
 * streams carry their usage and finish reason.
 */
export class BodyCapture {
  private readonly head: Array<Uint8Array> = []
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
      this.headBytes = this.limit
      chunk = chunk.subarray(room)
      this.tail = []
    }
    this.tail.push(chunk)
    this.tailBytes += chunk.length
    for (let first = this.tail[0]; first !== undefined && this.tailBytes - first.length >= TAIL; first = this.tail[0]) {
      this.tail.shift()
      this.tailBytes -= first.length
    }
  }

  /** All that was kept, in order. */
  chunks(): ReadonlyArray<Uint8Array> {
    if (this.tail === undefined) return this.head
    const [first, ...rest] = this.tail
    const spare = this.tailBytes - TAIL
    return first === undefined || spare <= 0
      ? [...this.head, ...this.tail]
      : [...this.head, first.subarray(spare), ...rest]
  }

  /** Where in the kept bytes the tail begins; undefined when nothing was left out. */
  tailAt(): number | undefined {
    return this.total > this.headBytes + Math.min(this.tailBytes, TAIL) ? this.headBytes : undefined
  }
}
