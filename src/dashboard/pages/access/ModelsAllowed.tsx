import { NamesField } from "../../components/NamesField.tsx"
import { formatName } from "../../format/names.ts"
import { reached } from "./grants.ts"

interface Props {
  readonly models: ReadonlyArray<string>
  readonly onChange: (models: ReadonlyArray<string>) => void
  readonly routes: ReadonlyArray<string>
  readonly error: string | undefined
  readonly disabled?: boolean
  /** What stands where nothing is named. */
  readonly empty: string
}

/** Names and patterns of models, and at once what they come to. */
export const ModelsAllowed = ({ models, onChange, routes, error, disabled, empty }: Props) => {
  const open = reached([{ from: "", patterns: models }], routes)
  const groups = [...new Set(routes.map((route) => `${route.slice(0, route.indexOf("/"))}/*`))]
  return (
    <NamesField
      label="Models"
      names={models}
      onChange={onChange}
      suggestions={["*", ...groups, ...routes]}
      placeholder="prod/* or openai/gpt-4o-mini"
      error={error}
      disabled={disabled ?? false}
      hint={
        models.length === 0
          ? empty
          : `${open.length} of ${routes.length} models${open.length === 0 ? "" : `: ${named(open.map(({ model }) => model))}`}`
      }
    />
  )
}

const NAMED = 6

const named = (models: ReadonlyArray<string>): string => {
  const first = models.slice(0, NAMED).map(formatName).join(", ")
  return models.length <= NAMED ? first : `${first} and ${models.length - NAMED} more`
}
