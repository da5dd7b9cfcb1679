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

/** Reads them back, no more than one ahead. */
export async function* readFrames(from: Readable): AsyncGenerator<StoredFrame> {
  let sequence = 0
  let buffered = Buffer.alloc(0)
  const chunks = from[Symbol.asyncIterator]()
  const filled = async (size: number): Promise<boolean> => {
    const parts = [buffered]
    let length = buffered.length
    while (length < size) {
      const { done, value } = await chunks.next()
      if (done === true) return false
      parts.push(value)
      length += value.length
    }
    buffered = Buffer.concat(parts, length)
    return true
  }
  while (await filled(HEAD)) {
    const [size, events, spans] = [buffered.readUInt32LE(0), buffered.readUInt32LE(4), buffered.readUInt32LE(8)]
    if (!(await filled(HEAD + size))) return
    yield { bytes: buffered.subarray(HEAD, HEAD + size), events, spans, sequence: ++sequence, publishedAt: 0 }
    buffered = buffered.subarray(HEAD + size)
  }
}
