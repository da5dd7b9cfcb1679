/** Frames that all instances of a consumer together may have and not yet have settled; the rest waits in the stream. */
export const MAX_IN_HAND = 1000

/**
 * Whoever has frames in hand and was not heard for so long is taken for dead: the server delivers them again, and where
 * they have gone from the stream, nobody has them.
 */
export const SILENCE_MS = 15_000
