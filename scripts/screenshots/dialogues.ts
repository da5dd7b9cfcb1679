export interface Dialogue {
  readonly ask: string
  readonly answer: string
}

/** What the fake users ask, and the fake providers answer. */
export const dialogues: ReadonlyArray<Dialogue> = [
  {
    ask: "Which of our services caused the checkout errors this morning?",
    answer: `**payment-api** did: it ran out of database connections at 09:12.

| service | errors | first seen |
|---|---:|---|
| payment-api | 412 | 09:12 |
| checkout | 388 | 09:12 |
| cart | 3 | 09:40 |

The errors in *checkout* follow from it: each is a timeout of a call to \`POST /charges\`.

1. Raise the pool of **payment-api** from 20 to 60 connections.
2. Close connections when a request is cancelled: today they wait for 30 seconds.
`
  },
  {
    ask: "Summarise the incident report and list the follow-ups with their owners.",
    answer: `The report in one sentence: **a deploy at 09:05 halved the connection pool, and checkout failed for 41 minutes.**

Three follow-ups came out of it:

1. **Raise the pool's limit** to 60 (*platform*, this week)
2. **Alert on waiting connections**, not on errors: it would have come 11 minutes earlier (*observability*)
3. Write down the order of restarts (*payments*)

\`\`\`sql
SELECT service, count(*) AS waiting
FROM pg_stat_activity
WHERE wait_event_type = 'Client'
GROUP BY service;
\`\`\`
`
  },
  {
    ask: "Translate the release notes into German, keep the code blocks.",
    answer: "## Neu in dieser Version\n\n- Schneller Start"
  },
  {
    ask: "Why does this SQL query scan the whole table?",
    answer: "`lower(email)` has no index. Add one on the expression."
  },
  {
    ask: "Write a friendly reply to the customer about the delayed parcel.",
    answer: "Dear Anna, your parcel is on its way."
  },
  {
    ask: "Extract name, date and amount from this invoice as JSON.",
    answer: '{"name":"Acme","date":"2026-03-14","amount":1290}'
  },
  { ask: "Is this review positive, negative or neutral?", answer: "Positive." },
  { ask: "Suggest five names for a bakery in Lisbon.", answer: "Forno da Graça, Migalha, Pão Nosso, Alfarroba, Trigo" },
  {
    ask: "Explain this stack trace to someone who is new to the team.",
    answer: "The list was changed while it was read."
  },
  { ask: "Classify the ticket: billing, bug, question or other.", answer: "billing" },
  {
    ask: "Find contradictions between these two contracts.",
    answer: "The notice period: 30 days in one, 90 in the other."
  },
  { ask: "Turn these meeting notes into three action items.", answer: "1. Book the room. 2. Ask legal. 3. Ship it." }
]

export const answerTo = (prompt: string): string =>
  dialogues.find(({ ask }) => prompt.includes(ask))?.answer ?? "With pleasure. What would you like to know?"
