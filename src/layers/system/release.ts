import { isMarkedAsUntransferable } from "node:worker_threads"

/**
 * Gives the memory of bytes back at once; nobody may use them, or others of the same buffer, again. Least of all what
 * runs beside JavaScript: of bytes that are being written to a socket or compressed, the memory must stay.
 *
 * V8 has it outside of its heap and would free it when it next marks the whole heap, which it does the more often the
 * more such memory there is: half the time of a search went into that, and a fifth of an exporter's.
 */
export const release = ({ buffer }: ArrayBufferView): void => {
  // What Node shares among small buffers is not theirs to give back, and is marked so.
  if (buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)) buffer.transfer(0)
}
