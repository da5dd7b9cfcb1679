/*
 * SQLite's write-ahead log (https://sqlite.org/fileformat2.html#the_write_ahead_log): a header, then frames of one page
 * each. The checksum of a frame covers all before it, so SQLite reads no further than the first byte that changed.
 * All numbers are big-endian; the checksum reads its words in the byte order that the magic number names.
 */
const HEADER = 32
const FRAME_HEADER = 24
const MAGIC_LITTLE = 0x377f0682
const MAGIC_BIG = 0x377f0683
const VERSION = 3_007_000

const PAGE_NUMBER = 0
/** In pages; zero unless the frame ends a transaction. */
const COMMIT_SIZE = 4
const SALT_1 = 8
const SALT_2 = 12
const CHECKSUM_1 = 16
/** Of a frame's header, what its checksum covers. */
const SUMMED = 8

export interface WalSalvage {
  /** Transactions that SQLite would leave out. */
  readonly lostCommits: number
  /** The log again, with checksums that let SQLite read it to its end, damaged pages too. */
  readonly mended: Buffer
  /** Pages whose newest version in it is damaged; `undefined` where frames had to be left out that say of no page any more. */
  readonly damagedPages: ReadonlyArray<number> | undefined
}

type Sum = readonly [number, number]

/**
 * What can be saved of a write-ahead log whose bytes changed before its last transaction; `undefined` for one that is
 * whole, or that a killed process left without the end of its last transaction.
 */
export const salvageWal = (bytes: Buffer, pageSize: number): WalSalvage | undefined => {
  const size = FRAME_HEADER + pageSize
  const count = Math.floor((bytes.length - HEADER) / size)
  if (count < 1) return undefined
  const frame = (index: number) => bytes.subarray(HEADER + index * size, HEADER + (index + 1) * size)

  const whole = isHeader(bytes, pageSize)
  const big = whole && bytes.readUInt32BE(0) === MAGIC_BIG
  const salts = whole ? bytes.subarray(16, 24) : frame(0).subarray(SALT_1, SALT_2 + 4)
  const belongs = (index: number) => salts.equals(frame(index).subarray(SALT_1, SALT_2 + 4))
  const follows = (index: number, sum: Sum) => sameSum(sumOf(frame(index), big, sum), readSum(frame(index), CHECKSUM_1))

  let good = 0
  let sum = readSum(bytes, 24)
  for (; whole && good < count && belongs(good) && follows(good, sum); good++) sum = readSum(frame(good), CHECKSUM_1)
  const commits = []
  for (let index = good; index < count; index++) {
    if (belongs(index) && frame(index).readUInt32BE(COMMIT_SIZE) > 0) commits.push(index)
  }
  const last = commits.at(-1)
  // A transaction whose own last frame is broken was perhaps never written to its end.
  if (last === undefined || (whole && last === good)) return undefined

  const pages = frame(last).readUInt32BE(COMMIT_SIZE)
  const kept = []
  const isDamaged = new Map<number, boolean>()
  for (let index = 0; index <= last; index++) {
    const page = frame(index).readUInt32BE(PAGE_NUMBER)
    if (index >= good && (page < 1 || page > pages)) continue
    kept.push(frame(index))
    const before =
      index > 0
        ? [readSum(frame(index - 1), CHECKSUM_1)]
        : [readSum(bytes, 24), summed(bytes.subarray(0, 24), big, [0, 0])]
    isDamaged.set(page, index >= good && !before.some((sum) => follows(index, sum)))
  }
  const damaged = [...isDamaged].flatMap(([page, damaged]) => (damaged ? [page] : []))
  return {
    lostCommits: commits.length,
    mended: rebuilt(kept, salts, pageSize),
    damagedPages: kept.length === last + 1 ? damaged : undefined
  }
}

const readSum = (bytes: Buffer, at: number): Sum => [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]

const sameSum = (a: Sum, b: Sum): boolean => a[0] === b[0] && a[1] === b[1]

const isHeader = (bytes: Buffer, pageSize: number): boolean => {
  const magic = bytes.readUInt32BE(0)
  if (magic !== MAGIC_LITTLE && magic !== MAGIC_BIG) return false
  if (bytes.readUInt32BE(4) !== VERSION || bytes.readUInt32BE(8) !== pageSize) return false
  return sameSum(summed(bytes.subarray(0, 24), magic === MAGIC_BIG, [0, 0]), readSum(bytes, 24))
}

const rebuilt = (frames: ReadonlyArray<Buffer>, salts: Uint8Array, pageSize: number): Buffer => {
  const header = Buffer.alloc(HEADER)
  header.writeUInt32BE(MAGIC_LITTLE, 0)
  header.writeUInt32BE(VERSION, 4)
  header.writeUInt32BE(pageSize, 8)
  header.set(salts, 16)
  let sum = summed(header.subarray(0, 24), false, [0, 0])
  writeSum(header, 24, sum)
  const copies = frames.map((frame) => {
    const copy = Buffer.from(frame)
    copy.set(salts, SALT_1)
    sum = sumOf(copy, false, sum)
    writeSum(copy, CHECKSUM_1, sum)
    return copy
  })
  return Buffer.concat([header, ...copies])
}

const writeSum = (to: Buffer, at: number, [first, second]: Sum): void => {
  to.writeUInt32BE(first, at)
  to.writeUInt32BE(second, at + 4)
}

const sumOf = (frame: Buffer, big: boolean, from: Sum): Sum =>
  summed(frame.subarray(FRAME_HEADER), big, summed(frame.subarray(0, SUMMED), big, from))

const summed = (bytes: Buffer, big: boolean, [first, second]: Sum): Sum => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, !big) + second) >>> 0
    second = (second + view.getUint32(at + 4, !big) + first) >>> 0
  }
  return [first, second]
}
