import { chooseTheme, shownTheme } from "./theme.ts"

export const ThemeToggle = () => {
  const next = shownTheme.value === "dark" ? "light" : "dark"
  return (
    <button
      type="button"
      class="button quiet icon"
      aria-label={`Switch to ${next} theme`}
      onClick={() => chooseTheme(next)}
    >
      <span aria-hidden="true">{next === "dark" ? "☾" : "☀"}</span>
    </button>
  )
}
