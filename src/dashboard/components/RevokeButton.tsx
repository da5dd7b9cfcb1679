interface Props {
  /** Which token, read out: there is one such button in each row. */
  readonly label: string
  readonly onClick: () => void
}

export const RevokeButton = ({ label, onClick }: Props) => (
  <button type="button" class="button danger" aria-label={`Revoke ${label}`} onClick={onClick}>
    Revoke
  </button>
)
