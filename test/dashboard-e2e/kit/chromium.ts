import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { debianPackage } from "../../postgres/debianPackage.ts"

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const search = (): string | undefined => {
  const directories = (process.env["PATH"] ?? "").split(delimiter).concat("/usr/bin")
  return NAMES.flatMap((name) => directories.map((directory) => join(directory, name))).find(isProgram)
}

/**
 * The browser of the dashboard's tests and pictures: `CHROMIUM_BIN`, or Chromium or Chrome on the PATH. Where there is
 * none, and this is root on a machine of Debian's family, the package is installed; elsewhere it throws how to get one.
 */
export const chromium = (): string => {
  const named = process.env["CHROMIUM_BIN"]
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return named
    throw new Error(`CHROMIUM_BIN names ${named}, which is no program`)
  }
  const found = debianPackage("chromium", search)
  if (found !== undefined) return found
  throw new Error(
    "The dashboard's tests need a browser: put Chromium or Chrome on the PATH, or its path into CHROMIUM_BIN (https://www.chromium.org/getting-involved/download-chromium/)"
  )
}
