/** What a row of the ledger keeps as JSON; undefined where there is nothing, or nothing that can be read: one row that was damaged by hand must not stop those who look at all of them. */
export function readJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}
