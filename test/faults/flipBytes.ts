import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { Damage } from "./Schedule.ts"

/** Flips bytes of a file that nobody has open; one that is missing or empty stays as it is. */
export const flipBytes = (directory: string, { at, bytes, file }: Damage): void => {
  const path = join(directory, file)
  if (!existsSync(path)) return
  const size = file.endsWith("-wal") ? lastTransactionOf(path) : statSync(path).size
  const length = Math.min(bytes, size)
  const position = Math.floor(at * (size - length))
  const content = Buffer.alloc(length)
  const opened = openSync(path, "r+")
  readSync(opened, content, 0, length, position)
  writeSync(
    opened,
    content.map((byte) => byte ^ 0xff),
    0,
    length,
    position
  )
  closeSync(opened)
}

const HEADER = 32
const FRAME_HEADER = 24

/**
 * Where a write-ahead log's last transaction begins. Damage to that one alone looks like the end of a process that was
 * killed while it wrote it, whose transaction nobody was told of: no reader of the file can tell the two apart.
 */
const lastTransactionOf = (path: string): number => {
  const bytes = readFileSync(path)
  if (bytes.length < HEADER) return 0
  const size = FRAME_HEADER + bytes.readUInt32BE(8)
  const salts = bytes.subarray(16, 24)
  let [begins, next] = [HEADER, HEADER]
  for (let at = HEADER; at + size <= bytes.length && salts.equals(bytes.subarray(at + 8, at + 16)); at += size) {
    if (bytes.readUInt32BE(at + 4) === 0) continue
    begins = next
    next = at + size
  }
  return begins
}
