interface Props {
  readonly message: string
  readonly retry?: () => void
}

/** Nothing to show, and why. */
export const ErrorState = ({ message, retry }: Props) => (
  <div class="state" role="alert">
    <h2>That did not work</h2>
    <p>{message}</p>
    {retry !== undefined && (
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    )}
  </div>
)
