/** Every page by its place, with its heading. */
export const headings: { readonly [place: string]: string } = {
  "/": "Overview",
  "/traces": "Traces",
  "/models": "Models",
  "/playground": "Playground",
  "/settings/otel": "OTEL Config",
  "/access": "Access",
  "/admins": "Administrators",
  "/audit": "Audit"
}
