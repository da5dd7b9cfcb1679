/*
 * A consumer's name as JetStream's durable name and as a bucket's key: letters, digits, `_` and `-` stand for
 * themselves, every other byte is written `=3A`.
 */
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const durableName = (consumer: string): string =>
  consumer.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    Array.from(encoder.encode(character), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")
  )

export const consumerOf = (durable: string): string =>
  durable.replace(/(?:=[0-9A-F]{2})+/g, (bytes) =>
    decoder.decode(Uint8Array.from(bytes.slice(1).split("="), (byte) => Number.parseInt(byte, 16)))
  )
