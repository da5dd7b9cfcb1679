import { once } from "node:events"
import type { Readable, Writable } from "node:stream"
import type { Frame, StoredFrame } from "../../src/services/trace/TraceBus.ts"

/** Before each frame: its bytes, events and spans. */
const HEAD = 12

/** Writes frames one after another, no faster than they are read. */
export const writeFrames = async (frames: Iterable<Frame>, to: Writable): Promise<void> => {
  for (const { bytes, events, spans } of frames) {
    const head = new DataView(new ArrayBuffer(HEAD))
    for (const [at, value] of [bytes.length, events, spans].entries()) head.setUint32(4 * at, value, true)
    to.write(new Uint8Array(head.buffer))
    if (!to.write(bytes)) await once(to, "drain")
  }
}

/** Reads them back. The bytes of one are overwritten by the next. */
export async function* readFrames(from: Readable): AsyncGenerator<StoredFrame> {
  const chunks: AsyncIterator<Buffer> = from[Symbol.asyncIterator]()
  let chunk: Buffer = Buffer.alloc(0)
  let bytes = Buffer.alloc(1 << 21)
  const fill = async (size: number): Promise<boolean> => {
    if (bytes.length < size) bytes = Buffer.alloc(2 * size)
    for (let at = 0; at < size; ) {
      if (chunk.length === 0) {
        const next = await chunks.next()
        if (next.done === true) return false
        chunk = next.value
      }
      const copied = chunk.copy(bytes, at, 0, size - at)
      at += copied
      chunk = chunk.subarray(copied)
    }
    return true
  }
  for (let sequence = 1; await fill(HEAD); sequence++) {
    const [size, events, spans] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)]
    if (!(await fill(size))) return
    yield { bytes: bytes.subarray(0, size), events, spans, sequence, publishedAt: 0 }
  }
}
