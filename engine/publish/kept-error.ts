import { errorDocument } from '../error-document.ts'
import type { ErrorDocument } from '../error-document.ts'
import { redact } from '../redact.ts'

/** An error as JSON for the ledger: without secrets, and not longer than anybody reads. */
export function keptDocument(error: unknown): ErrorDocument {
  const { problems, ...texts } = errorDocument(error)
  const kept = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, typeof value === 'string' ? cut(value) : value])) as unknown as ErrorDocument
  return problems === undefined ? kept : { ...kept, problems: problems.map(cut) }
}

const cut = (text: string): string => redact(text).slice(0, 4000)
