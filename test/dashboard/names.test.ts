import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { h } from "preact"
import { ApiProblem } from "../../src/dashboard/api/ApiProblem.ts"
import { Name } from "../../src/dashboard/components/Name.tsx"
import { Names } from "../../src/dashboard/components/Names.tsx"
import { placeProblems } from "../../src/dashboard/components/placeProblems.ts"
import { formatMessage, formatName, nameParts } from "../../src/dashboard/format/names.ts"
import { changeText } from "../../src/dashboard/pages/audit/changeText.ts"
import { rendered } from "./rendered.ts"

const shown = (name: string): string => rendered(h(Name, { children: name }))

/** What a reader sees of it: of a code its frame as well. */
const seen = (name: string): string =>
  nameParts(name)
    .map(({ text, isCode }) => (isCode ? `⟦${text}⟧` : text))
    .join("")

/** Pieces that names are forged with, beside ordinary ones. */
const Piece = Schema.Literals([
  "alice",
  "a",
  " ",
  "שלום",
  "مدير",
  "👩",
  "\u202e",
  "\u2066",
  "\u200b",
  "\u200d",
  "\ufeff",
  "\u00ad",
  "\u00a0",
  "\u3164",
  "\ufe0f",
  "\u{e0041}",
  "\u0000",
  "\n",
  "\ud800"
])
const Forged = Schema.Array(Piece).check(Schema.isMaxLength(8))

describe("a name", () => {
  it.each([
    ["turned around", "user:\u202eecila", "user:⟦U+202E⟧ecila"],
    ["isolated by itself", "\u2066a\u2069", "⟦U+2066⟧a⟦U+2069⟧"],
    ["with a zero-width space", "ali\u200bce", "ali⟦U+200B⟧ce"],
    ["with a byte order mark", "\ufeffalice", "⟦U+FEFF⟧alice"],
    ["with a soft hyphen", "ali\u00adce", "ali⟦U+00AD⟧ce"],
    ["with another space than the plain one", "a\u00a0b\u3000c d", "a⟦U+00A0⟧b⟦U+3000⟧c d"],
    ["with a filler that is a letter to Unicode", "alice\u3164\u115f", "alice⟦U+3164⟧⟦U+115F⟧"],
    ["with an empty braille cell", "alice\u2800", "alice⟦U+2800⟧"],
    ["with a tag", "alice\u{e0041}", "alice⟦U+E0041⟧"],
    ["with a variation selector", "❤\ufe0f", "❤⟦U+FE0F⟧"],
    [
      "with a line's end, a tab and a control",
      "a\nb\tc\u0007\u0085\u2028",
      "a⟦U+000A⟧b⟦U+0009⟧c⟦U+0007⟧⟦U+0085⟧⟦U+2028⟧"
    ],
    ["with half a pair", "a\ud800b", "a⟦U+D800⟧b"],
    ["that needs nothing", "user:Zoë 李雷 שלום 👩🏽 *", "user:Zoë 李雷 שלום 👩🏽 *"]
  ])("%s shows what it is made of", (_how, name, looks) => {
    assert.strictEqual(seen(name), looks)
  })

  it("is isolated, and the code is no part of what was typed", () => {
    assert.strictEqual(shown("alice"), '<bdi class="name">alice</bdi>')
    assert.strictEqual(
      shown("user:\u202eecila"),
      '<bdi class="name">user:<span class="code-point">U+202E</span>ecila</bdi>'
    )
    assert.notStrictEqual(shown("aU+202Eb"), shown("a\u202eb"))
    assert.strictEqual(shown(""), "")
  })

  it("among others is isolated from each", () => {
    assert.strictEqual(
      rendered(h(Names, { of: ["ml", "\u202eops"] })),
      '<span><bdi class="name">ml</bdi>, <bdi class="name"><span class="code-point">U+202E</span>ops</bdi></span>'
    )
  })

  it.prop("that differs from another looks different", [Forged, Forged], ([one, other]) => {
    const [a, b] = [one.join(""), other.join("")]
    assert.strictEqual(a === b, seen(a) === seen(b))
    assert.strictEqual(a === b, shown(a) === shown(b))
  })

  it.prop("keeps nothing unseen, in a text neither but one isolation around it", [Forged], ([pieces]) => {
    const unseen =
      /[\u0000-\u001f\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\u3164\ufeff]|\ufe0f|\p{Cs}|[\u{e0000}-\u{e0fff}]/u
    const name = pieces.join("")
    assert.isFalse(nameParts(name).some(({ text }) => text === "" || unseen.test(text)))
    const isolated = /^\u2068(.*)\u2069$/su.exec(formatName(name))
    assert.strictEqual(isolated !== null, /[\u05e9\u0645]/u.test(name))
    assert.isFalse(unseen.test(isolated?.[1] ?? formatName(name)))
  })
})

describe("where only text can stand", () => {
  it("a name has its codes in brackets, and one from right to left moves nothing beside it", () => {
    assert.strictEqual(formatName("prod/chat"), "prod/chat")
    assert.strictEqual(formatName("ali\u200bce"), "ali[U+200B]ce")
    assert.strictEqual(formatName("שלום"), "\u2068שלום\u2069")
  })

  it("the API's sentences keep their words, and show what the names in them hide", () => {
    assert.strictEqual(formatMessage("team[ml\u200b]\n  is not there"), "team[ml[U+200B]] is not there")
    const path = "access.tokens[0].teams[0]"
    const problem = new ApiProblem(422, "refused", [
      { path, reason: "names m\u200bl twice" },
      { path: "access.subjects[user:\u202ea]", reason: "is taken" }
    ])
    assert.deepStrictEqual(placeProblems(problem, "token", "0", ["teams"]), {
      fields: { teams: "[0] names m[U+200B]l twice" },
      others: ["access.subjects[user:[U+202E]a] is taken"]
    })
  })

  it("the list of revisions names what was changed so", () => {
    assert.strictEqual(
      changeText([{ kind: "subject", name: "user:\u202eecila", action: "create" }]),
      "created subject user:[U+202E]ecila"
    )
  })
})
