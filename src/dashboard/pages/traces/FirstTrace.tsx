import { CopyButton } from "../../components/CopyButton.tsx"
import { Empty } from "../../components/Empty.tsx"

const call = `curl http://127.0.0.1:8787/v1/chat/completions \\
  -H "Authorization: Bearer $SPANGATE_TOKEN" -H "Content-Type: application/json" \\
  -d '{"model": "demo/echo", "messages": [{"role": "user", "content": "Say hello"}]}'`

/** Before the first request. */
export const FirstTrace = () => (
  <Empty title="No trace yet">
    <p>Send a request through the gateway, with a token and a model of yours: its trace appears here by itself.</p>
    <pre class="example">{call}</pre>
    <CopyButton label="Copy" text={() => call} />
  </Empty>
)
