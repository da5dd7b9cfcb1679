/** A text that comes in pieces, some of which may be lost in a gap of the capture. */
export class GrowingText {
  #text = ""
  #noteBefore: string | undefined

  /** `noteBefore`: the text may have begun inside a gap, which this notes. */
  constructor(noteBefore?: string) {
    this.#noteBefore = noteBefore
  }

  add(piece: string): void {
    if (piece === "") return
    if (this.#noteBefore !== undefined) this.#text += this.#noteBefore
    this.#noteBefore = undefined
    this.#text += piece
  }

  /**
   * Pieces may be missing here. The note waits for the next piece where none has come so far, since no text is made of a
   * gap alone, and where the text had `ended`.
   */
  gap(note: string, ended: boolean): void {
    if (ended || this.#text === "") this.#noteBefore = note
    else this.#text += note
  }

  get text(): string {
    return this.#text
  }
}
