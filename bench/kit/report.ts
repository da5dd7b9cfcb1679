import type { Finding, Report, Table } from "./Bench.ts"

const cells = ({ columns, rows }: Table): ReadonlyArray<ReadonlyArray<string>> => [columns, ...rows]

const widths = (table: Table): ReadonlyArray<number> =>
  table.columns.map((_, column) => Math.max(...cells(table).map((row) => row[column]?.length ?? 0)))

/** As Markdown, aligned so that it reads well on a terminal too. */
const rendered = (table: Table): string => {
  const width = widths(table)
  const line = (row: ReadonlyArray<string>) =>
    `| ${row.map((cell, column) => cell.padEnd(width[column] ?? 0)).join(" | ")} |`
  const rule = `| ${width.map((each) => "-".repeat(each)).join(" | ")} |`
  return [line(table.columns), rule, ...table.rows.map(line)].join("\n")
}

const findingsTable = (findings: ReadonlyArray<Finding>): Table => ({
  title: "Targets",
  columns: ["what", "target", "measured", ""],
  rows: findings.map(({ measured, ok, target, what }) => [what, target, measured, ok ? "ok" : "miss"])
})

/** The tables of one bench, and its notes. */
export const renderReport = ({ notes, tables }: Report): string =>
  [...tables.map((table) => `${table.title}\n\n${rendered(table)}`), notes.map((note) => `- ${note}`).join("\n")]
    .filter((part) => part !== "")
    .join("\n\n")

/** Every measurement beside its target. */
export const renderFindings = (findings: ReadonlyArray<Finding>): string => rendered(findingsTable(findings))
