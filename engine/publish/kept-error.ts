import { errorDocument } from '../error-document.ts'
import type { ErrorDocument } from '../error-document.ts'
import { redact } from '../redact.ts'

/** As much of each text as anybody reads, and as all of them together have room for: a text of the ledger ends at 64 KB on some databases. */
const longest = { text: 1_500, problem: 100, problems: 20 }

/** An error as JSON for the ledger: without secrets, and not longer than anybody reads. */
export function keptDocument(error: unknown): ErrorDocument {
  const { problems, ...texts } = errorDocument(error)
  const kept = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, typeof value === 'string' ? cut(value, longest.text) : value])) as unknown as ErrorDocument
  return problems === undefined ? kept : { ...kept, problems: problems.slice(0, longest.problems).map((text) => cut(text, longest.problem)) }
}

const cut = (text: string, most: number): string => redact(text).slice(0, most)
