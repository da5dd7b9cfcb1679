import type { Flow } from "./Upstream.ts"

/** A body held until it is whole, or until it has grown past `limit`: then the rest is let go. */
export class HeldBody {
  private readonly chunks: Array<Uint8Array> = []
  private size = 0
  private readonly limit: number
  private readonly flow: Flow

  constructor(limit: number, flow: Flow) {
    this.limit = limit
    this.flow = flow
  }

  add(chunk: Uint8Array): void {
    this.size += chunk.length
    this.chunks.push(chunk)
    if (this.isTooLarge) this.flow.stop()
  }

  get isTooLarge(): boolean {
    return this.size > this.limit
  }

  bytes(): Uint8Array {
    const [only] = this.chunks
    return this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks)
  }
}
