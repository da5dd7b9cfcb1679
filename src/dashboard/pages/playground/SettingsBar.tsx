import { asProblem } from "../../api/ApiProblem.ts"
import { replaceQuery } from "../../app/router.ts"
import { toast } from "../../app/toasts.ts"
import { Fold } from "../../components/Fold.tsx"
import { SelectField } from "../../components/SelectField.tsx"
import { TextField } from "../../components/TextField.tsx"
import { formatName } from "../../format/names.ts"
import { chat, setChat } from "./chat.ts"
import { dropToken, playgroundToken } from "./playgroundToken.ts"

/** Whom to talk to, as whom, and how. */
export const SettingsBar = ({ routes }: { readonly routes: ReadonlyArray<string> }) => {
  const { model, system } = chat.value
  const own = playgroundToken.value?.id
  const drop = async () => {
    try {
      await dropToken()
      if (own !== undefined) toast("ok", "The playground's token is revoked.")
    } catch (cause) {
      toast("bad", asProblem(cause).message)
    }
  }
  return (
    <div class="card padded stack">
      <div class="settings-row">
        <SelectField
          label="Model"
          value={model}
          options={routes.map((route) => ({ value: route, label: formatName(route) }))}
          onChange={(chosen) => {
            setChat({ model: chosen })
            replaceQuery({ model: chosen })
          }}
        />
        <button type="button" class="button quiet" onClick={drop}>
          {own === undefined ? "Use another token" : `Revoke token ${own.slice(0, 8)}…`}
        </button>
      </div>
      <Fold summary={system.trim() === "" ? "System prompt" : `System prompt: ${system.slice(0, 60)}`} open={false}>
        <TextField
          label="System prompt"
          rows={3}
          value={system}
          onChange={(value) => setChat({ system: value })}
          placeholder="You are a helpful assistant."
        />
      </Fold>
    </div>
  )
}
