import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { frameData, type SseEvent, SseParser, SseSplitter, sseText } from "../../../src/services/provider/sse.ts"
import { bytes, cutAt, eventsOf, everyByte, readJson, streams, text } from "./fixtures.ts"

const parse = (pieces: ReadonlyArray<Uint8Array>): Array<SseEvent> => {
  const events: Array<SseEvent> = []
  const parser = new SseParser((event) => events.push(event))
  for (const piece of pieces) parser.push(piece)
  return events
}

const data = (stream: string): Array<string> => eventsOf(bytes(stream)).map((event) => event.data)

const conformance: ReadonlyArray<{ name: string; stream: string; events: ReadonlyArray<string> }> =
  readJson("sse-conformance.json").cases

describe("SseParser", () => {
  for (const { events, name, stream } of conformance) {
    it(`conforms: ${name}`, () => {
      assert.deepStrictEqual(data(stream), events)
      assert.deepStrictEqual(
        parse(everyByte(bytes(stream))).map((event) => event.data),
        events
      )
    })
  }

  it("takes all three line ends, mixed", () => {
    assert.deepStrictEqual(data("data:a\r\rdata:b\r\n\r\ndata:c\n\ndata:d\r\n\n"), ["a", "b", "c", "d"])
  })

  it("takes a CRLF cut in two for one line end", () => {
    assert.deepStrictEqual(
      parse([bytes("data: a\r"), bytes("\ndata: b\r"), bytes("\n\r"), bytes("\ndata: c\n\n")]).map((each) => each.data),
      ["a\nb", "c"]
    )
  })

  it("joins data lines, keeps all but one leading space, and takes a field without a colon", () => {
    assert.deepStrictEqual(data("data:  a\ndata\ndata:b \n\n"), [" a\n\nb "])
  })

  it("dispatches empty data, and nothing without data", () => {
    assert.deepStrictEqual(data("data:\n\nevent: x\n\n: only a comment\n\n"), [""])
  })

  it("knows a name only byte for byte", () => {
    assert.deepStrictEqual(data("datas: a\ndat: b\n data: c\nDATA: d\n\ndata: e\n\n"), ["e"])
  })

  it("skips a byte order mark at the start and nowhere else", () => {
    assert.deepStrictEqual(data("\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: \uFEFFc\n\n"), ["a", "\uFEFFc"])
    assert.deepStrictEqual(
      parse(everyByte(bytes("\uFEFFdata: a\n\n"))).map((event) => event.data),
      ["a"]
    )
  })

  it("keeps the last id, forgets the event name, and reads the retry time", () => {
    const events: Array<SseEvent> = []
    const parser = new SseParser((event) => events.push(event))
    parser.push(
      bytes("id: 1\nevent: e\ndata: a\nretry: 250\n\ndata: b\nretry: 1s\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n")
    )
    assert.deepStrictEqual(events, [
      { event: "e", data: "a", id: "1" },
      { event: "message", data: "b", id: "1" },
      { event: "message", data: "c", id: "1" },
      { event: "message", data: "d", id: "" }
    ])
    assert.strictEqual(parser.retry, 250)
  })

  it("discards an unfinished last event", () => {
    assert.deepStrictEqual(data("data: a\n\ndata: b\n"), ["a"])
  })

  it("replaces what is no UTF-8 and goes on", () => {
    assert.deepStrictEqual(
      parse([new Uint8Array([...bytes("data: a"), 0xff, 0x0a, 0x0a]), bytes("data: b\n\n")]).map((event) => event.data),
      ["a\uFFFD", "b"]
    )
  })

  it("refuses an event over the limit instead of collecting it", () => {
    const events: Array<SseEvent> = []
    const parser = new SseParser((event) => events.push(event), 100)
    assert.isTrue(parser.push(bytes("data: a\n\n")))
    assert.isTrue(parser.push(bytes("data: ")))
    const pushed = Array.from({ length: 20 }, () => parser.push(bytes("0123456789")))
    assert.isTrue(pushed[0])
    assert.isFalse(pushed.at(-1))
    assert.isFalse(parser.push(bytes("\n\ndata: b\n\n")))
    assert.deepStrictEqual(
      events.map((event) => event.data),
      ["a"]
    )
  })

  for (const { body, name } of streams) {
    it(`does not care where ${name} is cut`, () => {
      const whole = parse([body])
      assert.deepStrictEqual(parse(everyByte(body)), whole)
      assert.isAbove(whole.length, 2)
    })
  }

  const piece = Schema.Literals([
    "data: a",
    "data",
    ": c",
    "event: e",
    "id: 7",
    "é🙂",
    ":",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\n\n"
  ])
  it.prop(
    "does not care where any stream is cut",
    {
      pieces: Schema.Array(piece).check(Schema.isMaxLength(20)),
      cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 }))).check(Schema.isMaxLength(6))
    },
    ({ cuts, pieces }) => {
      const stream = bytes(pieces.join(""))
      assert.deepStrictEqual(parse(cutAt(stream, cuts)), parse([stream]))
      assert.deepStrictEqual(parse(everyByte(stream)), parse([stream]))
    },
    { arbitrary: { runs: 400 } }
  )
})

describe("SseSplitter", () => {
  it("gives frames that are the stream when put together", () => {
    for (const { body } of streams) {
      const frames: Array<Uint8Array> = []
      const splitter = new SseSplitter((frame) => frames.push(frame))
      splitter.push(body)
      assert.deepStrictEqual(Buffer.concat([...frames, splitter.rest()]), Buffer.from(body))
      assert.strictEqual(frames.filter((frame) => frameData(frame) !== undefined).length, eventsOf(body).length)
    }
  })

  it("hands out a frame that grows past its limit, and finds the next one", () => {
    const frames: Array<string> = []
    const splitter = new SseSplitter((frame) => frames.push(text(frame)), 10)
    for (const piece of everyByte(bytes("data: 0123456789\n\ndata: b\n\n"))) splitter.push(piece)
    assert.strictEqual(frames.join(""), "data: 0123456789\n\ndata: b\n\n")
    assert.strictEqual(frames.at(-1), "data: b\n\n")
  })
})

describe("sseText", () => {
  it.prop("is read back as it was", { data: Schema.String, named: Schema.Boolean }, ({ data, named }) => {
    const [event] = eventsOf(bytes(sseText(data, named ? "name" : undefined)))
    const lines = data.toWellFormed().replace(/\r\n|\r/g, "\n")
    assert.deepStrictEqual(event, { event: named ? "name" : "message", data: lines, id: "" })
  })
})
