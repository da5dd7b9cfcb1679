import { anthropicPassthrough } from "./AnthropicPassthrough.ts"
import type { ClientApi, ProviderApi } from "./Api.ts"
import { chatToAnthropic } from "./chatToAnthropic/ChatToAnthropic.ts"
import { messagesToChat } from "./messagesToChat/MessagesToChat.ts"
import { openAiPassthrough } from "./OpenAiPassthrough.ts"
import { responsesPassthrough } from "./responses/ResponsesPassthrough.ts"
import type { Translator } from "./Translator.ts"

const TRANSLATORS: { readonly [provider in ProviderApi]: { readonly [client in ClientApi]?: Translator } } = {
  openai: {
    chat_completions: openAiPassthrough("chat_completions"),
    completions: openAiPassthrough("completions"),
    embeddings: openAiPassthrough("embeddings"),
    messages: messagesToChat,
    responses: responsesPassthrough
  },
  anthropic: {
    chat_completions: chatToAnthropic,
    messages: anthropicPassthrough
  }
}

/** `undefined` where the provider has nothing like what the client asks for: Anthropic knows no completions, no embeddings, no Responses API. */
export const translatorFor = (api: ClientApi, provider: ProviderApi): Translator | undefined =>
  TRANSLATORS[provider][api]
