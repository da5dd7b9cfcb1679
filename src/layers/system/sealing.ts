import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"
import { MasterKey } from "../../services/config/MasterKey.ts"

const VERSION = 1
const ID_BYTES = 4
const IV_BYTES = 12
const TAG_BYTES = 16
const HEAD = 1 + ID_BYTES + IV_BYTES + TAG_BYTES

interface Key {
  readonly id: Buffer
  readonly secret: Uint8Array
}

/** AES-256-GCM by keys derived from the phrases: the first seals, all open. A sealed value begins with its key's id. */
export const sealingWith = (first: string, others: ReadonlyArray<string>): MasterKey["Service"] => {
  const current = derive(first)
  const keys = [current, ...others.map(derive)]
  return MasterKey.of({
    seal: (name, plain) => seal(current, name, plain),
    open: (name, sealed) => {
      const key = keys.find(({ id }) => sealedWith(sealed, id))
      return key === undefined ? undefined : open(key, name, sealed)
    },
    isCurrent: (sealed) => sealedWith(sealed, current.id)
  })
}

const derive = (phrase: string): Key => {
  const part = (purpose: string, bytes: number) =>
    new Uint8Array(hkdfSync("sha256", phrase, "spangate", purpose, bytes))
  return { id: Buffer.from(part("key id", ID_BYTES)), secret: part("aes-256-gcm", 32) }
}

const sealedWith = (sealed: Uint8Array, id: Buffer): boolean =>
  sealed.length >= HEAD && sealed[0] === VERSION && id.equals(sealed.subarray(1, 1 + ID_BYTES))

const seal = ({ id, secret }: Key, name: string, plain: Uint8Array): Uint8Array => {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv("aes-256-gcm", secret, iv).setAAD(Buffer.from(name))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(VERSION), id, iv, cipher.getAuthTag(), body])
}

const open = ({ secret }: Key, name: string, sealed: Uint8Array): Uint8Array | undefined => {
  const ivAt = 1 + ID_BYTES
  const tagAt = ivAt + IV_BYTES
  const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(ivAt, tagAt))
    .setAAD(Buffer.from(name))
    .setAuthTag(sealed.subarray(tagAt, HEAD))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD)), decipher.final()])
  } catch {
    return undefined
  }
}
