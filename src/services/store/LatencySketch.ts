/**
 * How often which duration was measured, in buckets whose bounds grow by 3 %: percentiles within 1.5 % of the exact
 * ones for durations above a microsecond, whatever their spread. Sketches of different requests add up.
 */
export class LatencySketch {
  /** By bucket, from the first one on: durations of one kind of request lie close together. */
  #counts: Array<number> = []
  #first = 0
  #total = 0

  /** Durations measured. */
  get total(): number {
    return this.#total
  }

  /** Milliseconds; what is no finite number counts as zero. */
  record(ms: number): void {
    this.#add(bucketOf(ms), 1)
  }

  /** Adds what another one has; it may come as its bytes. */
  merge(other: LatencySketch | Uint8Array): void {
    if (other instanceof Uint8Array) this.#mergeBytes(other)
    else other.#each((bucket, count) => this.#add(bucket, count))
  }

  /** Forgets what was measured, not the room for it. */
  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  #mergeBytes(bytes: Uint8Array): void {
    let at = 0
    let bucket = 0
    const next = (): number => {
      let value = 0
      let scale = 1
      while (true) {
        const byte = bytes[at++] ?? 0
        value += (byte & 0x7f) * scale
        if (byte < 0x80) return value
        scale *= 0x80
      }
    }
    while (at < bytes.length) {
      bucket += next()
      this.#add(Math.min(bucket, LAST_BUCKET), next())
    }
  }

  /** Of each bucket, in order: the distance from the one before and the count, as LEB128 numbers. Empty without any. */
  toBytes(): Uint8Array {
    let length = 0
    const write = (value: number) => {
      while (value >= 0x80) {
        scratch[length++] = (value % 0x80) | 0x80
        value = Math.floor(value / 0x80)
      }
      scratch[length++] = value
    }
    let last = 0
    this.#each((bucket, count) => {
      write(bucket - last)
      write(count)
      last = bucket
    })
    return scratch.slice(0, length)
  }

  /** Milliseconds that the share (0 to 1) of all durations does not exceed, each share by the nearest rank. */
  percentiles(shares: ReadonlyArray<number>): ReadonlyArray<number | undefined> {
    return shares.map((share) => {
      let left = Math.max(1, Math.ceil(share * this.#total))
      for (let at = 0; at < this.#counts.length; at++) {
        left -= this.#counts[at] ?? 0
        if (left <= 0) return middleOf(this.#first + at)
      }
      return undefined
    })
  }

  #each(body: (bucket: number, count: number) => void): void {
    for (let at = 0; at < this.#counts.length; at++) {
      const count = this.#counts[at] ?? 0
      if (count > 0) body(this.#first + at, count)
    }
  }

  #add(bucket: number, count: number): void {
    if (bucket < this.#first || bucket >= this.#first + this.#counts.length) this.#makeRoom(bucket)
    const at = bucket - this.#first
    this.#counts[at] = (this.#counts[at] ?? 0) + count
    this.#total += count
  }

  #makeRoom(bucket: number): void {
    const empty = this.#counts.length === 0
    const first = empty ? bucket : Math.min(this.#first, bucket)
    const end = empty ? bucket + 1 : Math.max(this.#first + this.#counts.length, bucket + 1)
    const from = first - (first % ROOM)
    const counts = new Array<number>(Math.ceil((end - from) / ROOM) * ROOM).fill(0)
    for (let at = 0; at < this.#counts.length; at++) counts[this.#first - from + at] = this.#counts[at] ?? 0
    this.#counts = counts
    this.#first = from
  }
}

/** Of the error that a bucket's middle has at its bounds. */
const ERROR = 0.015
const GROWTH = (1 + ERROR) / (1 - ERROR)
const LOG_GROWTH = Math.log(GROWTH)
/** Bucket 0 is for what is shorter: a microsecond. */
const SHORTEST_MS = 0.001

/** Buckets that are made at a time: of most sketches, one is all they need. */
const ROOM = 8
/** Beyond all that is measured, 31 years: room for what a damaged sketch names would be without bounds. */
const LAST_BUCKET = 1200

/** Room for the bytes of all buckets: a distance takes two at most, a count that is a whole number eight. */
const scratch = new Uint8Array(10 * (LAST_BUCKET + 1))

const bucketOf = (ms: number): number =>
  ms > SHORTEST_MS && Number.isFinite(ms)
    ? Math.min(LAST_BUCKET, Math.ceil(Math.log(ms / SHORTEST_MS) / LOG_GROWTH))
    : 0

const middleOf = (bucket: number): number => (bucket === 0 ? 0 : (SHORTEST_MS * GROWTH ** bucket * 2) / (GROWTH + 1))
