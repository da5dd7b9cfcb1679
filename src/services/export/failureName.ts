/**
 * What a log may say of a failure. An error's message may quote a trace or a header; its name and where in our code
 * it was made do not.
 */
export const failureName = (error: unknown): string =>
  error instanceof Error
    ? [error.name, ...(error.stack ?? "").split("\n").filter(isFrame).slice(0, 2).map(trim)].join(" ")
    : typeof error

const isFrame = (line: string) => /^ {4}at /.test(line)

const trim = (line: string) => line.trim()
