import { closeToast, toasts } from "../app/toasts.ts"

export const Toasts = () => (
  <div class="toasts" aria-live="polite">
    {toasts.value.map((item) => (
      <div key={item.id} class={`toast ${item.tone}`}>
        <p>{item.text}</p>
        <button type="button" class="button quiet icon" aria-label="Close message" onClick={() => closeToast(item.id)}>
          ×
        </button>
      </div>
    ))}
  </div>
)
