/** Something that answers chat completions on 127.0.0.1. */
export interface Contestant {
  readonly name: string
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly model: string
  /** Of the process to be watched. */
  readonly pid: number
  /** Waits until it is done with what the last turn left behind. */
  readonly settled?: () => Promise<void>
}

/** The same, but nobody waits for what it cannot finish. */
export const notAwaited = ({ headers, model, name, pid, port }: Contestant): Contestant => ({
  headers,
  model,
  name,
  pid,
  port
})

export const PATH = "/v1/chat/completions"
const BODY_BYTES = 500

/** A chat completion request of 500 bytes. */
export const requestBody = (model: string, stream: boolean): string => {
  const body = (padding: string) =>
    JSON.stringify({
      model,
      temperature: 0.2,
      max_tokens: 256,
      ...(stream ? { stream: true } : {}),
      messages: [
        { role: "system", content: "You are a helpful assistant. Answer in one paragraph." },
        { role: "user", content: `Tell me how a gateway stays out of the way.${padding}` }
      ]
    })
  return body(" .".repeat(250).slice(0, BODY_BYTES - body("").length))
}

/** The request as a script of wrk's, which at the end prints what it found as one line of JSON. */
export const wrkScript = ({ headers, model }: Contestant): string => `
wrk.method = "POST"
wrk.path = ${JSON.stringify(PATH)}
wrk.body = ${luaString(requestBody(model, false))}
wrk.headers["content-type"] = "application/json"
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[ ${luaString(name)} ] = ${luaString(value)}`)
  .join("\n")}
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"failed":%d,"p50":%d,"p99":%d}\\n', summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
`

/** The request as it goes over the wire. */
export const wireRequest = ({ headers, model, port }: Contestant, stream: boolean): string => {
  const body = requestBody(model, stream)
  const head = {
    host: `127.0.0.1:${port}`,
    "content-type": "application/json",
    "content-length": String(body.length),
    ...headers
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${PATH} HTTP/1.1\r\n${lines.join("")}\r\n${body}`
}

const luaString = (text: string): string => `[==[${text}]==]`
