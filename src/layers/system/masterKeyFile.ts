import { randomBytes } from "node:crypto"
import { link, mkdir, open, readFile, unlink } from "node:fs/promises"
import { dirname } from "node:path"
import * as Predicate from "effect/Predicate"

/** The text of a key file, which is made with a new key where there is none: whole and on the disk, or not at all. Rejects with the system's error. */
export const readOrMakeKeyFile = async (file: string): Promise<string> => {
  const found = await readFile(file, "latin1").catch(unless("ENOENT"))
  if (found !== undefined) return found
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${randomBytes(6).toString("hex")}`
  try {
    await writeDurably(fresh, `${randomBytes(32).toString("base64url")}\n`)
    // Unlike a rename it replaces nothing: of programs that start at once, the first one's key is everybody's.
    await link(fresh, file).catch(unless("EEXIST"))
  } finally {
    await unlink(fresh).catch(unless("ENOENT"))
  }
  await sync(dirname(file))
  return readFile(file, "latin1")
}

const unless = (code: string) => (cause: unknown) => {
  if (Predicate.hasProperty(cause, "code") && cause.code === code) return undefined
  throw cause
}

const writeDurably = async (file: string, text: string): Promise<void> => {
  const handle = await open(file, "wx", 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const sync = async (directory: string): Promise<void> => {
  const handle = await open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
