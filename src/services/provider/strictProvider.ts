/**
 * Whether a provider refuses members that it does not know, where the others pass over them. Mistral answers 422 to
 * `stream_options` and to `user`; the usage of a stream it gives unasked.
 */
export const isStrict = (providerName: string | undefined): boolean => providerName === "mistral_ai"
