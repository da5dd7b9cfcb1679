import { Notice } from "./Notice.tsx"

/** Below a form: what is wrong and belongs to none of its inputs. */
export const Problems = ({ texts }: { readonly texts: ReadonlyArray<string> }) =>
  texts.length === 0 ? null : (
    <Notice tone="bad">
      <ul class="notice-list">
        {texts.map((text) => (
          <li key={text} class="wrap">
            {text}
          </li>
        ))}
      </ul>
    </Notice>
  )
