import "./styles/tokens.css"
import "./styles/base.css"
import "./styles/buttons.css"
import "./styles/fields.css"
import "./styles/switches.css"
import "./styles/chips.css"
import "./styles/overlays.css"
import "./styles/tables.css"
import "./styles/layout.css"
import "./styles/states.css"
import { render } from "preact"
import { App } from "./app/App.tsx"
import { applyTheme } from "./app/theme.ts"

applyTheme()
const root = document.getElementById("app")
if (root !== null) render(<App />, root)
