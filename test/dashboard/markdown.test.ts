import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { renderMarkdown } from "../../src/dashboard/components/renderMarkdown.ts"

describe("renderMarkdown", () => {
  it("lays out what models write", () => {
    assert.include(renderMarkdown("**bold** and `code`"), "<strong>bold</strong> and <code>code</code>")
  })

  it("a tag in the text stays text", () => {
    const html = renderMarkdown('<img src=x onerror="alert(1)"><script>alert(1)</script>')
    assert.notInclude(html, "<img")
    assert.notInclude(html, "<script")
  })

  it("an image is named, never fetched", () => {
    const html = renderMarkdown('![a "cat" <b>](https://tracker.example/x.png)')
    assert.notInclude(html, "tracker.example")
    assert.include(html, "image: a &quot;cat&quot; &lt;b&gt;")
  })

  it("a link opens apart, and only where it may", () => {
    const html = renderMarkdown("[a](https://example.com) [b](javascript:alert(1))")
    assert.include(html, 'target="_blank" rel="noopener noreferrer"')
    assert.notInclude(html, 'href="javascript')
  })

  it("a table has no style attribute, which the policy forbids", () => {
    const html = renderMarkdown("| a |\n|--:|\n| 1 |")
    assert.include(html, "<td>1</td>")
    assert.notInclude(html, "style=")
  })

  it.prop("no text becomes a tag of its own", [Schema.String], ([text]) => {
    assert.notMatch(renderMarkdown(`<${text}>`), /<(script|img|iframe|style|svg|on\w+)[\s>]/i)
  })
})
