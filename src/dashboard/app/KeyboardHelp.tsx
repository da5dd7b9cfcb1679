import { Dialog } from "../components/Dialog.tsx"
import { pages } from "../pages/pages.ts"
import { helpIsOpen } from "./hotkeys.ts"

const close = () => {
  helpIsOpen.value = false
}

export const KeyboardHelp = () => {
  if (!helpIsOpen.value) return null
  return (
    <Dialog title="Keyboard shortcuts" onClose={close}>
      <table class="table">
        <tbody>
          <Row keys={["/"]} what="Search on this page" />
          {pages.map((page) => (
            <Row key={page.path} keys={["g", page.key]} what={`Go to ${page.title}`} />
          ))}
          <Row
            keys={["j", "k", "Enter"]}
            what="Next or previous trace, open it; the arrow keys do the same in the list"
          />
          <Row keys={["Esc"]} what="Close, or leave a field" />
          <Row keys={["?"]} what="This help" />
        </tbody>
      </table>
    </Dialog>
  )
}

const Row = ({ keys, what }: { readonly keys: ReadonlyArray<string>; readonly what: string }) => (
  <tr>
    <td>
      <span class="row">
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </span>
    </td>
    <td>{what}</td>
  </tr>
)
