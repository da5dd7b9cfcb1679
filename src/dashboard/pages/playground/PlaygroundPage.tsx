import "./playground.css"
import { useEffect } from "preact/hooks"
import { getConfig } from "../../api/api.ts"
import { useResource } from "../../api/useResource.ts"
import { href } from "../../app/places.ts"
import { place } from "../../app/router.ts"
import { Empty } from "../../components/Empty.tsx"
import { Loaded } from "../../components/Loaded.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { readCatalog } from "../models/catalog.ts"
import { stop } from "./ask.ts"
import { ChatView } from "./ChatView.tsx"
import { Composer } from "./Composer.tsx"
import { chat, setChat } from "./chat.ts"
import { playgroundToken } from "./playgroundToken.ts"
import { SettingsBar } from "./SettingsBar.tsx"
import { TokenCard } from "./TokenCard.tsx"

/** AI Engineering → Playground: a conversation through the gateway, and the traces of it. */
export const PlaygroundPage = () => {
  const config = useResource("config", getConfig)
  return (
    <div class="page playground">
      <PageHead title="Playground" crumbs={["AI Engineering"]}>
        {chat.value.turns.length > 0 && (
          <button
            type="button"
            class="button"
            onClick={() => {
              stop()
              setChat({ turns: [] })
            }}
          >
            New conversation
          </button>
        )}
      </PageHead>
      <Loaded resource={config} lines={8}>
        {(data) => {
          const catalog = readCatalog(data)
          const routes = [...catalog.virtualNames, ...catalog.models]
          return routes.length === 0 ? <NoModel /> : <Conversation routes={routes} />
        }}
      </Loaded>
    </div>
  )
}

const Conversation = ({ routes }: { readonly routes: ReadonlyArray<string> }) => {
  const wanted = place.value.query.get("model")
  const { model } = chat.value

  useEffect(() => {
    const next = wanted !== null && routes.includes(wanted) ? wanted : routes.includes(model) ? model : routes[0]
    if (next !== undefined && next !== model) setChat({ model: next })
  }, [wanted, routes.join("\n")])

  if (playgroundToken.value === undefined) return <TokenCard />
  return (
    <>
      <SettingsBar routes={routes} />
      <ChatView />
      <Composer />
    </>
  )
}

const NoModel = () => (
  <div class="card">
    <Empty title="There is no model to talk to yet">
      <p>Add a provider account with a model first.</p>
      <a class="button primary" href={href("/models", { new: "account" })}>
        Add account
      </a>
    </Empty>
  </div>
)
