import { Name } from "./Name.tsx"

/** Names that others chose, with commas between them. */
export const Names = ({ of }: { readonly of: ReadonlyArray<string> }) => (
  <span>
    {of.map((name, index) => (
      <>
        {index > 0 && ", "}
        <Name>{name}</Name>
      </>
    ))}
  </span>
)
