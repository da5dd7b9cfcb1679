/** Stands where something will, in about its size, so that nothing jumps. */
export const Loading = ({ lines = 6 }: { readonly lines?: number }) => (
  <div class="skeleton" role="status" aria-label="Loading">
    {Array.from({ length: lines }, (_, index) => (
      <span key={index} />
    ))}
  </div>
)
